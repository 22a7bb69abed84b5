"""What stands in for posts that nobody recorded: matches, what sold beside them, and a sample of what others sold."""

from datetime import date, timedelta

import pyarrow as pa
import pytest

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.migration import open_home

DAY = date(2026, 11, 20)
SHOWN = ("agent_id", "sku_id")


@pytest.fixture
def engine(tmp_path):
    with_tables = open_home(Home(tmp_path))
    yield with_tables
    with_tables.close()


def posts(engine, sales, chat=(), given=(), sampled=2):
    """Rows are (agent, SKU, days ago); returns {(agent, SKU, days ago): (units, stands)}."""

    def table(rows, on):
        columns = {name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(SHOWN)}
        return pa.table(columns | {on: pa.array([DAY - timedelta(days=row[2]) for row in rows], pa.date32())})

    engine.store("history.posts", table(chat, "posted_on"))
    engine.store("history.matched", table(given, "list_date"))
    sold = table(sales, "ordered_on")
    engine.store("night.int_agent_daily", sold.append_column("ordered_units", pa.array([1] * len(sales), pa.int64())))
    engine.materialise("int_agent_posts", as_of_date=DAY, posts_before=DAY - timedelta(days=60), sampled_skus=sampled)
    rows = engine.read("night.int_agent_posts").to_pylist()
    found = {(row["agent_id"], row["sku_id"], (DAY - row["posted_on"]).days): row for row in rows}
    assert len(found) == len(rows)
    return {key: (row["ordered_units"], row["stands_for"]) for key, row in found.items()}


def test_a_sample_stands_for_every_good_that_sold_in_the_week(engine):
    sales = [(agent, f"S{agent[1]}{number}", 0) for agent in ("A1", "A2", "A3") for number in range(4)]
    found = posts(engine, sales)
    for agent in ("A1", "A2", "A3"):
        own = {sku: cell for (who, sku, _), cell in found.items() if who == agent}
        assert sum(units for units, _ in own.values()) == 4
        assert all(stands == 1 for units, stands in own.values() if units)
        sampled = [stands for units, stands in own.values() if not units]
        assert not sampled or sum(sampled) == pytest.approx(12 - 4)


def test_a_good_that_sold_more_than_a_week_ago_is_no_offer_of_today(engine):
    found = posts(engine, [("A1", "old", 7), ("A2", "week", 6), ("A1", "new", 0)], sampled=10)
    assert {sku for _, sku, ago in found if ago == 0} == {"week", "new"}


def test_sales_beside_matches_teach_too(engine):
    found = posts(engine, [("A1", "given", 0), ("A1", "other", 1)], given=[("A1", "given", 2), ("A1", "unsold", 2)])
    assert found[("A1", "given", 2)] == (1, 1)
    assert found[("A1", "unsold", 2)] == (0, 1)
    assert found[("A1", "other", 1)] == (1, 1)


def test_sales_of_agents_who_post_stand_in_for_nothing(engine):
    found = posts(engine, [("A1", "posted", 0), ("A1", "unasked", 0)], chat=[("A1", "posted", 1)])
    assert found == {("A1", "posted", 1): (1, 1)}
