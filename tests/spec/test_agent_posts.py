"""Posts that nobody recorded are replaced by matches, by other sales, and by a sample of what others sold."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from xuanpin.models.affinity import unposted
from xuanpin.pipelines.affinity.inputs import POST_CHAIN, POST_SELLS_DAYS, sampled_posts
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.migration import open_home

DAY = date(2026, 11, 20)
POST_KEYS = ("agent_id", "sku_id")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with_tables = open_home(Home(tmp_path))
    yield with_tables
    with_tables.close()


def posts(
    engine: Engine,
    sales: Sequence[Any],
    chat: Sequence[Any] = (),
    matched: Sequence[Any] = (),
    sampled: int = 2,
    unknown: Sequence[Any] = (),
    teachers: Sequence[Any] = (),
    every: int = 1,
) -> dict[Any, Any]:
    """Rows are (agent, SKU, days ago); returns {(agent, SKU, days ago): (units, sampling weight)} in order.

    `unknown` names agents and SKUs that the night does not know; matches of other agents than `teachers` count on every
    `every` th day.
    """

    def table(rows: Any, on: Any) -> Any:
        columns = {name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(POST_KEYS)}
        return pa.table(columns | {on: pa.array([DAY - timedelta(days=row[2]) for row in rows], pa.date32())})

    engine.store("history.posts", table(chat, "posted_on"))
    engine.store("history.matched", table(matched, "list_date"))
    sold = table(sales, "ordered_on")
    units = pa.array([1] * len(sales), pa.int64())
    for measure in ("ordered_units", "delivered_units", "returned_units", "fault_lines"):
        sold = sold.append_column(measure, units)
    engine.store("night.int_agent_daily", sold)
    agents, skus = (sorted({row[place] for row in (*sales, *chat, *matched)} - set(unknown)) for place in (0, 1))
    for name, key, ids in (("stg_agents", "agent_id", agents), ("stg_products", "sku_id", skus)):
        engine.store(f"night.{name}", pa.table({key: pa.array(ids, pa.string())}))
    engine.store("night.int_teachers", pa.table({"agent_id": pa.array(teachers, pa.string())}))
    first = DAY - timedelta(days=60)
    parameters: dict[str, Any] = {
        "every": every,
        "as_of_date": DAY,
        "posts_before": first,
        "post_sells_days": POST_SELLS_DAYS,
    }
    for stem in POST_CHAIN:
        engine.materialise(stem, into="temp", **parameters)
    rows, numbers = engine.select("int_agent_posts", **parameters), range(len(skus))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unposted, "COMPARED_SKUS", sampled)
        known = sampled_posts(rows, pa.table({"product_row": numbers, "place": numbers}), first)
    columns = (column.tolist() for column in (known.agent, known.sku, known.day, known.units, known.weight))
    found = {
        (agents[agent], skus[sku], 60 - day): (units, weight)
        for agent, sku, day, units, weight in zip(*columns, strict=True)
    }
    assert len(found) == len(known.agent)
    return found


def test_a_sample_has_the_weight_of_every_sku_that_sold_in_the_week(engine: Engine) -> None:
    sales = [(agent, f"S{agent[1]}{number}", 0) for agent in ("A1", "A2", "A3") for number in range(4)]
    found = posts(engine, sales)
    for agent in ("A1", "A2", "A3"):
        own = {sku: cell for (who, sku, _), cell in found.items() if who == agent}
        assert sum(units for units, _ in own.values()) == 4
        assert all(weight == 1 for units, weight in own.values() if units)
        sampled = [weight for units, weight in own.values() if not units]
        assert not sampled or sum(sampled) == pytest.approx(12 - 4)


def test_a_sku_that_sold_more_than_a_week_ago_is_not_in_the_sample_of_today(engine: Engine) -> None:
    found = posts(engine, [("A1", "old", 7), ("A2", "week", 6), ("A1", "new", 0)], sampled=10)
    assert {sku for _, sku, ago in found if ago == 0} == {"week", "new"}


def test_other_sales_of_agents_with_matches_are_learnt_from_too(engine: Engine) -> None:
    matched = [("A1", "matched", 2), ("A1", "unsold", 2)]
    found = posts(engine, [("A1", "matched", 0), ("A1", "other", 1)], matched=matched)
    assert found[("A1", "matched", 2)] == (1, 1)
    assert found[("A1", "unsold", 2)] == (0, 1)
    assert found[("A1", "other", 1)] == (1, 1)


def test_sales_of_agents_who_post_replace_no_posts(engine: Engine) -> None:
    found = posts(engine, [("A1", "posted", 0), ("A1", "unasked", 0)], chat=[("A1", "posted", 1)])
    assert found == {("A1", "posted", 1): (1, 1)}


def test_int_recorded_posts_a_match_counts_where_the_chat_of_its_agent_and_day_has_no_post(engine: Engine) -> None:
    posts(
        engine,
        [],
        chat=[
            ("A1", "posted", 2),
            ("A1", "posted", 2),
            ("A3", "today", 0),
            ("A1", "too old", 60),
            ("A1", "tomorrow", -1),
        ],
        matched=[("A1", "unposted", 2), ("A1", "silent day", 1), ("A2", "matched", 2), ("A2", "matched", 60)],
    )
    found = engine.query("select agent_id, sku_id, basis from temp.int_recorded_posts order by all").to_pylist()
    assert [tuple(row.values()) for row in found] == [
        ("A1", "posted", "chat"),
        ("A1", "silent day", "matched"),
        ("A2", "matched", "matched"),
        ("A3", "today", "chat"),
    ]


@pytest.mark.parametrize(
    ("sold_ago", "posted_ago", "expected"),
    [
        pytest.param(1, [1], {1: 1}, id="on the day of the post"),
        pytest.param(1, [4], {4: 1}, id="three days later"),
        pytest.param(1, [5], {5: 0}, id="four days later: not the post's doing"),
        pytest.param(3, [2], {2: 0}, id="before the post"),
        pytest.param(1, [2, 4], {2: 1, 4: 0}, id="two posts: the newer one's doing"),
    ],
)
def test_int_agent_posts_orders_count_for_the_post_of_the_days_before(
    engine: Engine, sold_ago: int, posted_ago: list[int], expected: dict[int, int]
) -> None:
    found = posts(engine, [("A1", "S1", sold_ago)], chat=[("A1", "S1", ago) for ago in posted_ago])
    assert {ago: units for (_, _, ago), (units, _) in found.items()} == expected


def test_int_agent_posts_units_of_several_days_add_up(engine: Engine) -> None:
    found = posts(engine, [("A1", "S1", 1), ("A1", "S1", 2), ("A2", "S1", 1)], chat=[("A1", "S1", 3), ("A2", "S2", 3)])
    assert found == {("A1", "S1", 3): (2, 1), ("A2", "S2", 3): (0, 1)}


@pytest.mark.parametrize(
    ("matched_ago", "expected"),
    [
        pytest.param(1, [], id="matched that day"),
        pytest.param(4, [], id="or three days before"),
        pytest.param(5, ["S1"], id="matched too long ago"),
        pytest.param(0, ["S1"], id="matched only later"),
    ],
)
def test_int_unposted_sales_are_those_that_no_match_of_the_days_before_explains(
    engine: Engine, matched_ago: int, expected: list[Any] | list[str]
) -> None:
    posts(engine, [("A1", "S1", 1), ("A2", "old", 60)], matched=[("A1", "S1", matched_ago), ("A3", "S1", 1)])
    found = engine.query("select sku_id from temp.int_unposted_sales")["sku_id"].to_pylist()
    assert found == expected


def test_the_week_is_dealt_into_samples_of_equal_size(engine: Engine) -> None:
    found = posts(engine, [(f"A{n}", f"S{n}", n % 7) for n in range(14)] + [("A1", "older", 7)], sampled=5)
    shown = [{sku for who, sku, ago in found if (who, ago) == (agent, 0)} for agent in ("A0", "A7")]
    assert set.union(*shown) == {f"S{n}" for n in range(14)}
    assert sorted(len(own - {sku}) for own, sku in zip(shown, ("S0", "S7"), strict=True)) in ([6, 6], [6, 7], [7, 7])


def test_int_agent_posts_what_was_matched_that_day_or_sold_is_no_sample(engine: Engine) -> None:
    sales = [("A1", "mine", 0), ("A2", "other", 0), ("A2", "matched", 0)]
    found = posts(engine, sales, matched=[("A1", "matched", 0)], sampled=10)
    assert found == {
        ("A1", "matched", 0): (0, 1),
        ("A1", "mine", 0): (1, 1),
        ("A1", "other", 0): (0, 2),
        ("A2", "other", 0): (1, 1),
        ("A2", "matched", 0): (1, 1),
        ("A2", "mine", 0): (0, 1),
    }


def test_int_agent_posts_are_of_known_agents_and_skus_in_order_of_agent_day_and_sku(engine: Engine) -> None:
    chat = [("A2", "S1", 1), ("A1", "S2", 1), ("A1", "S1", 1), ("A1", "S2", 2), ("gone", "S1", 1), ("A1", "gone", 1)]
    found = posts(engine, [], chat=chat, unknown=("gone",))
    assert list(found) == [("A1", "S2", 2), ("A1", "S1", 1), ("A1", "S2", 1), ("A2", "S1", 1)]


def test_of_many_matches_each_agent_has_those_of_some_days_and_a_teacher_all(engine: Engine) -> None:
    matched = [(agent, f"S{ago}", ago) for agent in ("A1", "A2", "A3") for ago in range(4)]
    found = posts(engine, [], matched=matched, teachers=["A2"], every=2)
    days = {agent: sorted(ago for who, _, ago in found if who == agent) for agent in ("A1", "A2", "A3")}
    assert days == {"A1": [1, 3], "A2": [0, 1, 2, 3], "A3": [1, 3]}
    assert {ago for _, _, ago in posts(engine, [], matched=[("A0", "S0", 9), *matched], every=2)} >= {0, 1, 2, 3}


@pytest.mark.parametrize(("agent", "unposted"), [("A1", ["early"]), ("A2", ["early", "other"]), ("A3", ["other"])])
def test_sales_are_no_posts_while_only_some_days_of_the_matches_of_their_agent_are_known(
    engine: Engine, agent: str, unposted: list[str]
) -> None:
    sales = [("A1", "early", 9), ("A2", "early", 9), *((who, "other", 1) for who in ("A1", "A2", "A3"))]
    posts(engine, sales, matched=[("A1", "S1", 5), ("A2", "S1", 5)], teachers=["A2"], every=3)
    found = engine.query("select sku_id from temp.int_unposted_sales where agent_id = $agent order by 1", agent=agent)
    assert found["sku_id"].to_pylist() == unposted


def test_int_choice_days_are_all_days_of_who_teaches_or_never_posts_and_of_others_those_of_their_posts(
    engine: Engine,
) -> None:
    sales = [(agent, sku, 70) for agent in ("teaches", "silent", "matched", "posts") for sku in ("S1", "S2")]
    chat, matched = [("teaches", "S1", 2), ("posts", "S1", 2)], [("matched", "S1", 2), ("posts", "S3", 2)]
    posts(engine, [*sales, ("posts", "S3", 1)], chat, matched, teachers=["teaches"])
    found = engine.query("select agent_id, sku_id, is_teacher from temp.int_choice_days order by all").to_pylist()
    whole = [(agent, sku, agent == "teaches") for agent in ("matched", "silent", "teaches") for sku in ("S1", "S2")]
    assert [tuple(row.values()) for row in found] == sorted([*whole, ("posts", "S1", False)])


@pytest.mark.parametrize(
    ("fitted", "expected"),
    [
        pytest.param(5, ["chat", "gone", "idle", "late", "matched", "s1", "s2"], id="few: all agents teach"),
        pytest.param(4, ["late", "matched", "s1", "s2"], id="more than may"),
        pytest.param(2, ["matched", "s2"], id="of more, as many, spread evenly over those who posted or sold"),
    ],
)
def test_int_teachers_are_spread_over_those_who_posted_or_sold_lately(
    engine: Engine, fitted: int, expected: list[str]
) -> None:
    sales = [("s1", "S1", 3), ("s2", "S1", 59), ("gone", "S1", 60), ("unknown", "S1", 1)]
    chat, matched = [("chat", "S1", 0), ("idle", "S1", -1)], [("matched", "S1", 1), ("late", "S1", 2)]
    posts(engine, sales, chat, matched, unknown=["unknown"])
    window = {"as_of_date": DAY, "posts_before": DAY - timedelta(days=60)}
    found = engine.select("int_teachers", **window, fitted_agents=fitted)
    assert found["agent_id"].to_pylist() == expected
