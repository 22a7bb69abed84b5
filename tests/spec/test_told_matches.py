"""What an agent is told of her matches, of those she did not get, and how good all matches are together."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.agent_tables import HISTORY, agent_tables
from tests.support.night_tables import rows_of, table
from tests.support.perishing import put_perishing
from xuanpin.pipelines.engine import open_engine
from xuanpin.pipelines.engine.protocol import Engine

CHOICES = (
    "agent_id varchar, match_rank integer, sku_id varchar, fit double, expected_units double, "
    "expected_kept_units double, expected_regrets double, expected_net_units double, units_reserved bigint, "
    "propensity double, acceptance double, style_tag varchar, series_tag varchar, wanted_category varchar, "
    "is_own_pick boolean"
)
DAY = date(2026, 11, 21)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(tmp_path / "warehouse.duckdb", threads=1)
    table(engine, "night.int_matches", CHOICES)
    table(engine, "night.int_answer_history", HISTORY)
    table(engine, "night.stg_products", "sku_id varchar, category varchar", [("S1", "女装/连衣裙"), ("S8", "母婴")])
    table(engine, "history.matched", "list_date date, agent_id varchar, sku_id varchar")
    agent_tables(engine)
    yield engine
    engine.close()


def choice(
    agent: str = "A1",
    rank: int = 1,
    sku: str = "S1",
    units: float = 2.0,
    kept: float = 1.0,
    regrets: float = 0.5,
    net: float = 0.75,
    chance: float | None = None,
    words: tuple[str | None, str | None, str | None] = (None, None, None),
    is_own: bool = False,
) -> tuple[Any, ...]:
    return (agent, rank, sku, 0.5, units, kept, regrets, net, 2, chance, 0.75, *words, is_own)


def reasons(
    engine: Engine,
    chosen: tuple[Any, ...],
    persona: tuple[int | None, int | None] = (None, None),
    outcomes: Sequence[Any] = (),
    bought: Sequence[Any] = (),
) -> Any:
    """The reasons of one match; `persona` is her lowest and highest price."""
    table(engine, "night.int_matches", CHOICES, [chosen])
    columns = "agent_id varchar, price_min decimal(12, 2), price_max decimal(12, 2)"
    table(engine, "night.stg_agents", columns, [("A1", *persona)])
    skus = "sku_id varchar, category varchar, list_price decimal(12, 2)"
    table(engine, "night.sku_list", skus, [("S1", "女装/连衣裙", 50)])
    table(
        engine,
        "night.int_agent_category_outcomes",
        "agent_id varchar, category varchar, delivered_units bigint, returned_units bigint",
        outcomes,
    )
    table(engine, "night.int_agent_sku_outcomes", "agent_id varchar, sku_id varchar, ordered_units bigint", bought)
    engine.materialise("int_quoted_agents")
    engine.materialise("int_quoted_categories", quoted_units=5, quoted_answers=3)
    engine.materialise("agent_matches")
    (row,) = engine.read("night.agent_matches").to_pylist()
    return row["reasons"]


KEPT = "expected_kept:units=1.00"
ALTERNATES = (
    "agent_id varchar, alternate_rank integer, sku_id varchar, fit double, acceptance double, "
    "expected_kept_units double, style_tag varchar, series_tag varchar, wanted_category varchar"
)


def test_an_alternate_gives_the_reasons_of_a_match(engine: Engine) -> None:
    match = reasons(engine, choice(words=("简约", "亲子", "女装")), (10, 90), [("A1", "女装/连衣裙", 8, 2)],
                    [("A1", "S1", 3)])  # fmt: skip
    table(engine, "temp.int_alternates", ALTERNATES, [("A1", 1, "S1", 0.5, 0.75, 1.0, "简约", "亲子", "女装")])
    engine.materialise("agent_alternates")
    assert rows_of(engine, "night.agent_alternates") == [("A1", 1, "S1", 0.5, 0.75, 1.0, match)]


def test_a_match_by_chance_says_so_first(engine: Engine) -> None:
    assert reasons(engine, choice(chance=0.125)) == ["given_by_chance:propensity=0.12500", KEPT]


def test_what_she_proposed_says_so_first(engine: Engine) -> None:
    assert reasons(engine, choice(is_own=True)) == ["own_pick", KEPT]


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
    assert reasons(engine, choice()) == [told, KEPT]
    put_perishing(engine, [{"sku_id": "S8", "shelf_hours": keeps}], [{"agent_id": "A1", "upper_hours": upper}])
    assert reasons(engine, choice()) == [KEPT]


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (("A1", "女装/连衣裙", 5, 1), ["kept_share:category=女装/连衣裙,kept=0.80,units=5"]),
        (("A1", "女装/连衣裙", 4, 1), []),
        (("A1", "母婴", 50, 1), []),
        (("A2", "女装/连衣裙", 50, 1), []),
    ],
)
def test_what_her_own_customers_kept_of_the_category_is_quoted_from_five_units_on(
    engine: Engine, outcome: tuple[str, str, int, int], told: list[str] | list[Any]
) -> None:
    assert reasons(engine, choice(), outcomes=[outcome]) == [*told, KEPT]


@pytest.mark.parametrize(
    ("units", "told"),
    [(3, ["bought_before:units=3"]), (0, [])],
    ids=["she sold some", "what was ordered was cancelled"],
)
def test_goods_her_groups_ordered_are_told_as_bought_before(
    engine: Engine, units: int, told: list[str] | list[Any]
) -> None:
    assert reasons(engine, choice(), bought=[("A1", "S1", units)]) == [*told, KEPT]


@pytest.mark.parametrize(
    ("persona", "told"),
    [
        ((10, 90), ["price_in_band:price=50.00,min=10.00,max=90.00"]),
        ((None, 90), ["price_at_most:price=50.00,max=90.00"]),
        ((10, None), ["price_at_least:price=50.00,min=10.00"]),
        ((None, None), []),
    ],
)
def test_the_price_is_told_beside_the_limits_that_she_set(
    engine: Engine,
    persona: tuple[int | None, int | None],
    told: list[str],
) -> None:
    assert reasons(engine, choice(), persona=persona) == [*told, KEPT]


def test_shared_words_are_told(engine: Engine) -> None:
    told = reasons(engine, choice(words=("简约", "秋冬", "女装")))
    assert told == ["wanted_category:category=女装", "style_match:tag=简约", "series_match:tag=秋冬", KEPT]


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
    assert reasons(engine, choice()) == [*told, KEPT]


def test_how_likely_she_takes_her_matches_is_told_of_each_and_of_all(engine: Engine) -> None:
    reasons(engine, choice())
    assert rows_of(engine, "night.agent_matches", "acceptance") == [(0.75,)]
    table(engine, "night.sku_list", "sku_id varchar, landmine_probability double", [("S1", 0.1), ("S2", 0.1)])
    unsure = [*choice(sku="S2")[:10], 0.25, *choice()[11:]]
    table(engine, "night.int_matches", CHOICES, [choice(), unsure])
    needed(engine, ("A1", 2, 2, 2, None))
    persona(engine, ("A1", None))
    engine.materialise("agent_summary", as_of_date=DAY)
    assert rows_of(engine, "night.agent_summary", "acceptance") == [(0.5,)]


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
    table(engine, "night.sku_list", "sku_id varchar, landmine_probability double", list(risks.items()))
    table(engine, "night.int_matches", CHOICES, [choice(sku=sku) for sku in risks])


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


def test_the_certificate_holds_what_was_chosen_against_what_could_not_be_exceeded(engine: Engine) -> None:
    chosen = [choice(net=3.0), choice(sku="S2", net=1.5), choice(sku="S3", net=4.0, chance=0.1)]
    table(engine, "night.int_matches", CHOICES, chosen)
    engine.materialise("match_certificate", bound=5.0, floor_cost=0.25)
    assert rows_of(engine, "night.match_certificate") == [(4.5, 5.0, pytest.approx(0.1), 0.25)]
    engine.materialise("match_certificate", bound=0.0, floor_cost=0.0)
    assert rows_of(engine, "night.match_certificate", "gap") == [(None,)]
