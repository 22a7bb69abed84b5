"""A home into which an earlier release admitted times that cannot be: its nights run, in usual memory and time."""

from pathlib import Path

import pytest

from tests.conftest import LAST_DAY, NOW
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.nightly import run_night, run_step
from xuanpin.pipelines.quality import scope
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

GOLDEN = Path(__file__).parents[1] / "golden" / "sources"
ADMITTED = """
    insert into source.orders by name
    select * replace (
        'X' || $delivered as order_line_id, md5($ordered || $delivered) as row_hash,
        cast($ordered as timestamp) as ordered_at, cast($delivered as timestamp) as delivered_at
    )
    from source.orders
    where order_line_id = (select min(order_line_id) from source.orders where status = 'delivered')
    limit 1
"""


def regret_rates(home: Home) -> dict[str, float]:
    run = run_store.require_run(home)
    return {row["sku_id"]: row["regret_rate"] for row in run_store.read_table(home, run, "sku_scorecard").to_pylist()}


@pytest.fixture(scope="module")
def usual(golden_home: Home) -> dict[str, float]:
    return regret_rates(golden_home)


def test_nights_of_an_older_home_run_as_without_the_rows(usual: dict[str, float], tmp_path: Path) -> None:
    request = RunRequest(LAST_DAY, Home(tmp_path / "home"), GOLDEN, Settings(), NOW)
    run_step("ingest", request)
    with open_night(request) as night:
        for ordered, delivered in (
            ("2026-10-05", "1970-01-01 08:00"),
            ("0026-10-05", "2026-10-07"),
            ("2026-10-05", "9999-12-31"),
        ):
            night.engine.execute(ADMITTED, ordered=ordered, delivered=delivered)
        scope.mark_checked(night.engine, scope.arrivals(night))
    run_night(request)
    found = regret_rates(request.home)
    assert found.keys() == usual.keys()
    assert max(abs(found[sku] - usual[sku]) for sku in usual) < 0.02
