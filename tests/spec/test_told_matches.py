"""What an agent is told of her matches, of those she did not get, and how good all matches are together."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import scipy.sparse as sp

from tests.support.agent_tables import HISTORY, agent_tables
from tests.support.match_problem import problem
from tests.support.night_tables import rows_of, table
from tests.support.perishing import put_perishing
from xuanpin.pipelines.choice_model.lineup import SharedWords
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.engine import open_engine
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.matching.quotes import QUOTED_UNITS, Quoted, read_quotes
from xuanpin.pipelines.matching.reasons import reasons_of
from xuanpin.pipelines.matching.slates import SUMMED, slate_rows
from xuanpin.pipelines.settings import Settings

SLATES = (
    "agent_id varchar, matches_given bigint, fit double, expected_kept_units double, expected_units double, "
    "expected_regrets double, expected_landmines double, acceptance double, chosen_net_units double"
)
DAY = date(2026, 11, 21)
DRESSES = "女装/连衣裙"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(tmp_path / "warehouse.duckdb", threads=1)
    table(engine, "night.int_agent_slates", SLATES)
    table(engine, "night.int_answer_history", HISTORY)
    table(engine, "night.stg_products", "sku_id varchar, category varchar", [("S1", DRESSES), ("S8", "母婴")])
    table(engine, "night.sku_list", "sku_id varchar, category varchar", [("S1", DRESSES)])
    table(engine, "night.int_agent_daily", "agent_id varchar, sku_id varchar, delivered_units bigint, "
          "returned_units bigint")  # fmt: skip
    table(engine, "history.matched", "list_date date, agent_id varchar, sku_id varchar")
    agent_tables(engine)
    yield engine
    engine.close()


def reasons(
    engine: Engine,
    limits: tuple[str | None, str | None] = (None, None),
    bought: Sequence[tuple[str, str, int]] = (),
    words: Sequence[str] = (),
    chance: float = np.nan,
    kept: float = 1.0,
    is_own: bool = False,
) -> Any:
    """The reasons of the match of A1 with S1; `limits` are her lowest and highest price, `words` those that she shares
    with the SKU."""
    shared = SharedWords(
        sp.csr_array(np.ones((2, len(words)))), sp.csr_array(np.ones((1, len(words)))), pa.array(words, pa.string())
    )
    base = problem([9])
    lineup = replace(base.lineup, sku_ids=pa.array(["S1"]), categories=[DRESSES], shared_words={"style_tags": shared})
    money = pa.decimal128(12, 2)
    least, most = (pa.array([None if limit is None else Decimal(limit), None], money) for limit in limits)
    people = pa.table({"agent_id": lineup.agent_ids, "price_min": least, "price_max": most})
    listed = pa.table({"sku_id": ["S1"], "list_price": pa.array([Decimal(50)], money)})
    columns = list(zip(*bought, strict=True)) or [(), (), ()]
    orders = pa.table([pa.array(columns[0], pa.string()), pa.array(columns[1], pa.string()), pa.array(columns[2])],
                      names=["agent_id", "sku_id", "ordered_units"])  # fmt: skip
    night = Night(engine, Settings(), Home(Path()), DAY, None, datetime(2026, 11, 22, tzinfo=UTC))
    units = engine.select("int_kept_categories", quoted_units=QUOTED_UNITS)
    told = replace(base, lineup=lineup, quotes=read_quotes(night, lineup, (people, listed, orders), units))
    first = np.array([0])
    return reasons_of(
        told, np.array([0, 1]), (first, first), np.array([kept]), propensity=np.array([chance]), own=np.array([is_own])
    ).to_pylist()[0]


KEPT = "expected_kept:units=1.00"


def test_a_match_by_chance_says_so_first(engine: Engine) -> None:
    assert reasons(engine, chance=0.125) == ["given_by_chance:propensity=0.12500", KEPT]


def test_what_she_proposed_says_so_first(engine: Engine) -> None:
    assert reasons(engine, is_own=True) == ["own_pick", KEPT]


@pytest.mark.parametrize(("units", "told"), [(0.125, "0.13"), (0.12499, "0.12"), (12.0, "12.00")])
def test_units_are_told_with_two_places_and_halves_upwards(engine: Engine, units: float, told: str) -> None:
    assert reasons(engine, kept=units) == [f"expected_kept:units={told}"]


@pytest.mark.parametrize(
    ("keeps", "upper", "told"),
    [
        (96.0, 24.0, "pick_up_within:days=3"),
        (96.0, 24.1, "pick_up_within:days=2"),
        (48.0, 24.0, "pick_up_within:days=1"),
        (48.0, 24.1, "pick_up_same_day"),
    ],
    ids=["to the day", "a part of an hour less", "the last whole day", "less than a day"],
)
def test_what_perishes_says_by_when_to_pick_it_up(engine: Engine, keeps: float, upper: float, told: str) -> None:
    put_perishing(engine, [{"sku_id": "S1", "shelf_hours": keeps}], [{"agent_id": "A1", "upper_hours": upper}])
    assert reasons(engine) == [told, KEPT]
    put_perishing(engine, [{"sku_id": "S8", "shelf_hours": keeps}], [{"agent_id": "A1", "upper_hours": upper}])
    assert reasons(engine) == [KEPT]


@pytest.mark.parametrize(
    ("sold", "told"),
    [
        (("A1", "S1", 5, 1), ["kept_share:category=女装/连衣裙,kept=0.80,units=5"]),
        (("A1", "S1", 4, 1), []),
        (("A1", "S8", 50, 1), []),
        (("A2", "S1", 50, 1), []),
    ],
)
def test_what_her_own_customers_kept_of_the_category_is_quoted_from_five_units_on(
    engine: Engine, sold: tuple[str, str, int, int], told: list[str]
) -> None:
    engine.execute("insert into night.int_agent_daily values ($a, $s, $d, $r)", **dict(zip("asdr", sold, strict=True)))
    assert reasons(engine) == [*told, KEPT]


def test_days_of_all_skus_of_the_category_count_and_a_comma_in_its_name_gives_way(engine: Engine) -> None:
    engine.execute(
        "insert into night.int_agent_daily values ('A1', 'S1', 4, 1), ('A1', 'S1', 3, 0), ('A1', 'S8', 1, 1)"
    )
    engine.execute("update night.stg_products set category = '女装,裙'")
    engine.execute("update night.sku_list set category = '女装,裙'")
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(f"{__name__}.DRESSES", "女装,裙")
        assert reasons(engine) == ["kept_share:category=女装 裙,kept=0.75,units=8", KEPT]


@pytest.mark.parametrize(
    ("bought", "told"),
    [(("A1", "S1", 3), ["bought_before:units=3"]), (("A2", "S1", 3), []), (("A1", "S9", 3), [])],
    ids=["she sold some", "somebody else did", "of another SKU"],
)
def test_goods_her_groups_ordered_are_told_as_bought_before(
    engine: Engine, bought: tuple[str, str, int], told: list[str]
) -> None:
    assert reasons(engine, bought=[bought]) == [*told, KEPT]


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (("10", "90.5"), ["price_in_band:price=50.00,min=10.00,max=90.50"]),
        ((None, "90"), ["price_at_most:price=50.00,max=90.00"]),
        (("10", None), ["price_at_least:price=50.00,min=10.00"]),
        ((None, None), []),
    ],
)
def test_the_price_is_told_beside_the_limits_that_she_set(
    engine: Engine, limits: tuple[str | None, str | None], told: list[str]
) -> None:
    assert reasons(engine, limits=limits) == [*told, KEPT]


def test_the_first_shared_word_is_told(engine: Engine) -> None:
    assert reasons(engine, words=["style_match:tag=简约", "style_match:tag=秋冬"]) == ["style_match:tag=简约", KEPT]


def test_each_pair_has_reasons_of_its_own() -> None:
    base, bought = problem([9, 9]), sp.csr_array(np.array([[0, 1], [2, 0]]))
    quoted = Quoted(bought, pa.array(["bought_before:units=3", "bought_before:units=1"]))
    pairs = np.array([0, 0, 1]), np.array([0, 1, 0])
    found = reasons_of(replace(base, quotes=replace(base.quotes, bought=quoted)), np.array([0, 1]), pairs, np.ones(3))
    assert found.to_pylist() == [[KEPT], ["bought_before:units=3", KEPT], ["bought_before:units=1", KEPT]]


def history(engine: Engine, *rows: tuple[Any, ...], matched: bool = True) -> None:
    """What is known of A1 and SKUs: (SKU, days ago, answer, whether she was seen to post it)."""
    days = [(sku, DAY - timedelta(days=days), answer, posted) for sku, days, answer, posted in rows]
    known = [("A1", sku, day, answer, None, posted, None) for sku, day, answer, posted in days]
    table(engine, "night.int_answer_history", HISTORY, known)
    given = [(day, "A1", sku) for sku, day, _, _ in days] if matched else []
    table(engine, "history.matched", "list_date date, agent_id varchar, sku_id varchar", given)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (["accepted"] * 3 + ["declined"] * 2, ["like_taken:category=女装/连衣裙,taken=3,answered=5"]),
        (["accepted"] * 2, []),
        (["accepted"] * 3 + ["declined"] * 3, []),
        ([None] * 9, []),
    ],
    ids=["most were taken", "two are few", "as many were declined", "posts are no answers"],
)
def test_a_category_of_which_she_took_most_is_told(engine: Engine, answers: list[Any], told: list[str]) -> None:
    history(engine, *(("S1", day, answer, True) for day, answer in enumerate(answers)))
    assert reasons(engine) == [*told, KEPT]


def test_how_likely_she_takes_her_matches_is_told_of_all(engine: Engine) -> None:
    table(engine, "night.int_agent_slates", SLATES, [("A1", 2, 1.0, 2.0, 4.0, 1.0, 0.2, 1.0, 1.5)])
    needed(engine, ("A1", 2, 2, 2, None))
    persona(engine, ("A1", None))
    engine.materialise("agent_summary", as_of_date=DAY)
    assert rows_of(engine, "night.agent_summary", "acceptance", "mean_fit") == [(0.5, 0.5)]


@pytest.mark.parametrize(
    ("known", "share"),
    [
        ([("S1", 0, "accepted", None), ("S2", 0, "declined", None)], 0.5),
        (
            [("S1", 0, None, True), ("S2", 0, None, False), ("S3", 0, "accepted", False), ("S4", 0, "declined", True)],
            0.75,
        ),
        ([("S1", 0, "declined", None), ("S2", 1, "accepted", None)], 0.0),
        ([("S1", 3, "accepted", None)], 1.0),
        ([], None),
    ],
    ids=["by her word", "by what was seen", "of the last date alone", "it may be days ago", "nothing is known"],
)
def test_the_share_that_she_took_of_her_last_list_date_is_told(
    engine: Engine, known: list[tuple[Any, ...]], share: float | None
) -> None:
    history(engine, *known)
    needed(engine, ("A1", 2, 2, 2, None))
    persona(engine, ("A1", None))
    chosen(engine, {})
    engine.materialise("agent_summary", as_of_date=DAY)
    assert rows_of(engine, "night.agent_summary", "accepted_last") == [(share,)]


def test_what_she_took_without_a_match_is_no_share_of_her_matches(engine: Engine) -> None:
    history(engine, ("S9", 0, "accepted", True), matched=False)
    needed(engine, ("A1", 2, 2, 2, None))
    persona(engine, ("A1", None))
    chosen(engine, {})
    engine.materialise("agent_summary", as_of_date=DAY)
    assert rows_of(engine, "night.agent_summary", "accepted_last") == [(None,)]


def needed(engine: Engine, *rows: tuple[str, int, int, int, int | None]) -> None:
    """Rows are (agent, slots asked, SKUs permitted, in stock, permitted at any risk)."""
    columns = "agent_id varchar, slots_asked integer, permitted_skus bigint, stocked_skus bigint, "
    table(
        engine,
        "night.int_match_needs",
        columns + "permitted_at_any_risk bigint, unkept_skus bigint",
        [(*row, 0) for row in rows],
    )


def persona(engine: Engine, *rows: tuple[str, float | None]) -> None:
    """Agents with the highest landmine probability that each accepts."""
    table(engine, "night.stg_agents", "agent_id varchar, max_landmine_probability double", rows)


def chosen(engine: Engine, risks: dict[str, float]) -> None:
    """Match A1 with these SKUs, by their landmine probability."""
    filled, figures = np.ones((1, len(risks)), np.bool_), np.ones((1, len(risks)))
    summed = dict.fromkeys(SUMMED, figures) | {"expected_units": 2 * figures, "expected_regrets": 0.5 * figures}
    summed["expected_landmines"] = np.array([list(risks.values())])
    engine.store("night.int_agent_slates", slate_rows(pa.array(["A1"]), filled, summed, figures))


@pytest.mark.parametrize(
    ("asked", "permitted", "stocked", "given", "code"),
    [
        (2, 9, 9, 2, None),
        (2, 0, 0, 0, "nothing_permitted"),
        (2, 1, 1, 1, "few_permitted"),
        (2, 1, 0, 0, "few_permitted"),
        (2, 2, 1, 1, "few_in_stock"),
        (2, 2, 2, 1, "stock_shared_out"),
        (2, 9, 9, 0, "stock_shared_out"),
    ],
)
def test_a_shortfall_names_her_own_rules_before_the_stock_and_the_stock_before_others(
    engine: Engine, asked: int, permitted: int, stocked: int, given: int, code: str | None
) -> None:
    needed(engine, ("A1", asked, permitted, stocked, None))
    persona(engine, ("A1", None))
    chosen(engine, {f"S{number}": 0.01 for number in range(given)})
    engine.materialise("agent_summary", as_of_date=DAY)
    (row,) = engine.read("night.agent_summary").to_pylist()
    assert (row["matches_given"], row["shortfall_code"]) == (given, code)
    assert row["expected_kept_units"] == given * 1.0
    assert row["expected_regret_rate"] == (0.25 if given else None)


@pytest.mark.parametrize(("unkept", "code"), [(1, "few_permitted"), (2, "few_keep"), (9, "few_keep")])
def test_a_shortfall_is_of_what_does_not_keep_where_that_would_have_filled_her_slots(
    engine: Engine, unkept: int, code: str
) -> None:
    columns = "agent_id varchar, slots_asked integer, permitted_skus bigint, stocked_skus bigint, "
    columns += "permitted_at_any_risk bigint, unkept_skus bigint"
    table(engine, "night.int_match_needs", columns, [("A1", 3, 1, 1, None, unkept)])
    persona(engine, ("A1", None))
    chosen(engine, {"S1": 0.01})
    engine.materialise("agent_summary", as_of_date=DAY)
    assert rows_of(engine, "night.agent_summary", "shortfall_code") == [(code,)]


def test_who_limits_landmines_learns_how_safe_her_set_is_and_what_the_limit_costs(engine: Engine) -> None:
    needed(engine, ("A1", 5, 3, 3, 8), ("A2", 5, 0, 0, 2), ("A3", 5, 9, 9, None))
    persona(engine, ("A1", 0.02), ("A2", 0.001), ("A3", None))
    chosen(engine, {"S1": 0.02, "S2": 0.004, "S3": 0.006})
    engine.materialise("agent_summary", as_of_date=DAY)
    shown = ("agent_id", "max_landmine_probability", "landmine_share", "any_landmine_probability", "suited_skus",
             "suited_skus_at_any_risk")  # fmt: skip
    assert rows_of(engine, "night.agent_summary", *shown) == [
        ("A1", 0.02, pytest.approx(0.01), pytest.approx(0.03), 3, 8),
        ("A2", 0.001, None, None, 0, 2),
        ("A3", None, None, None, None, None),
    ]


def test_no_probability_is_above_one(engine: Engine) -> None:
    needed(engine, ("A1", 5, 3, 3, None))
    persona(engine, ("A1", None))
    chosen(engine, {"S1": 0.7, "S2": 0.6})
    engine.materialise("agent_summary", as_of_date=DAY)
    assert rows_of(engine, "night.agent_summary", "landmine_share", "any_landmine_probability") == [(0.65, 1.0)]
