"""The table of contents tells the truth: a traced night touches the tables that its steps declare, and no others."""

from datetime import date, datetime
from pathlib import Path

import pytest

from tools.traced_night import Trace, trace_night, trace_two_nights
from xuanpin.pipelines.arrival_steps import ARRIVALS
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.nightly import STEPS
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.steps import Step, tables

SOURCES = Path(__file__).parent / "sources"
FIRST = date(2026, 11, 21)
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=BEIJING)


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trace]:
    """What the steps of the golden night and of the night after it touch."""
    return trace_two_nights(SOURCES, Home(tmp_path_factory.mktemp("traced")), FIRST)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_reads_and_writes_what_it_declares(traces: dict[str, Trace], step: Step) -> None:
    assert (sorted(traces[step.name].reads), sorted(traces[step.name].writes)) == (list(step.reads), list(step.writes))


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_no_step_fetches_rows_that_it_stored_itself(traces: dict[str, Trace], step: Step) -> None:
    assert traces[step.name].read_back == set()


def test_sources_taken_in_one_by_one_touch_what_is_declared(tmp_path: Path) -> None:
    night = RunRequest(FIRST, Home(tmp_path), SOURCES, Settings(schedule={"waits_for": ()}), NOW)
    found = trace_night(night, ARRIVALS)
    assert {name: (sorted(trace.reads), sorted(trace.writes)) for name, trace in found.items()} == {
        step.name: (list(step.reads), list(step.writes)) for step in ARRIVALS
    }


def test_tables_are_written_by_schema() -> None:
    assert tables("history: posts, listed; night: sku_list") == ("history.posts", "history.listed", "night.sku_list")
