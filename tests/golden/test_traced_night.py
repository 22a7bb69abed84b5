"""The table of contents tells the truth: a traced night touches the tables that its steps declare, and no others."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from tools.lineage.deriving import CSV, csv_of, derived, followed
from tools.lineage.following import Followed
from tools.traced_night import Trace, trace_night, trace_two_nights
from xuanpin.pipelines.arrival_steps import ARRIVALS
from xuanpin.pipelines.context import BEIJING, Home, Night, RunRequest
from xuanpin.pipelines.lineage.facts import declarations, declared_by, declared_tables, parsed
from xuanpin.pipelines.matching.inputs import begin_reading
from xuanpin.pipelines.nightly import STEPS
from xuanpin.pipelines.publishing.step import begin_writing
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.steps import Step, tables

SOURCES = Path(__file__).parent / "sources"
FIRST = date(2026, 11, 21)
TELLING = ("ingest", "check_sources", "check_outputs", "brakes", "write", "report", "publish")
"""Steps that read to take in, to check or to show: what they read goes into no table column by column."""
PASSING = {"stage": ["temp.int_offers_left"]}
"""Tables that Python stores and SQL of the same step reads."""
READING_NOTHING = ("report", "publish")
"""Steps of which that part is begun early which needs no table at all."""
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=BEIJING)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The home of the traced nights."""
    return Home(tmp_path_factory.mktemp("traced"))


@pytest.fixture(scope="module")
def traces(home: Home) -> dict[str, Trace]:
    """What the steps of the golden night and of the night after it touch."""
    return trace_two_nights(SOURCES, home, FIRST)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_reads_and_writes_what_it_declares(traces: dict[str, Trace], step: Step) -> None:
    assert (sorted(traces[step.name].reads), sorted(traces[step.name].writes)) == (list(step.reads), list(step.writes))


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_no_step_fetches_rows_that_it_stored_itself(traces: dict[str, Trace], step: Step) -> None:
    assert traces[step.name].read_back == set()


@pytest.mark.parametrize("step", [step for step in STEPS if step.early is not None], ids=lambda step: step.name)
def test_what_is_begun_early_needs_no_table_of_the_steps_beside_it(
    traces: dict[str, Trace], home: Home, step: Step
) -> None:
    assert step.early is not None
    begins = Step(step.name, DONE_AT_ONCE.get(step.name, step.early.function), (), ())
    names = [own.name for own in STEPS]
    beside = STEPS[names.index(step.early.before) : names.index(step.name)]
    touched = {name for own in beside for name in (*own.reads, *own.writes)}
    written = {name for own in beside for name in own.writes}
    begun = trace_night(RunRequest(FIRST + timedelta(days=1), home, SOURCES, Settings(), NOW), [begins])[step.name]
    assert traces
    assert bool(begun.reads) == (step.name not in READING_NOTHING)
    assert (begun.reads & written, begun.writes & touched) == (set(), set())


def read_orders(night: Night) -> None:
    """Do what `match` leaves to another thread, so that its statements are traced."""
    begin_reading(night)()


def write_decided(night: Night) -> None:
    """Do what `write` leaves to another thread, so that its statements are traced."""
    begin_writing(night)()


DONE_AT_ONCE = {"match": f"{__name__}:read_orders", "write": f"{__name__}:write_decided"}


def test_sources_taken_in_one_by_one_touch_what_is_declared(tmp_path: Path) -> None:
    night = RunRequest(FIRST, Home(tmp_path), SOURCES, Settings(schedule={"waits_for": ()}), NOW)
    found = trace_night(night, ARRIVALS)
    assert {name: (sorted(trace.reads), sorted(trace.writes)) for name, trace in found.items()} == {
        step.name: (list(step.reads), list(step.writes)) for step in ARRIVALS
    }


def test_tables_are_written_by_schema() -> None:
    assert tables("history: posts, listed; night: sku_list") == ("history.posts", "history.listed", "night.sku_list")


@pytest.fixture(scope="module")
def found(traces: dict[str, Trace]) -> Followed:
    """What the statements of the two nights say of lineage."""
    return followed(traces)


def test_what_sql_makes_of_columns_is_written_down(traces: dict[str, Trace], found: Followed) -> None:
    assert CSV.read_text(encoding="utf-8") == csv_of(derived(traces, found)), "run `python -m tools.lineage`"


def test_what_python_stores_is_declared_column_by_column(found: Followed) -> None:
    declared = {name: sorted(fact.columns) for name, fact in declared_tables().items()}
    counted = declarations()["counted"]
    stored = {name: sorted(columns) for name, columns in found.stored.items() if name not in counted}
    # Tables that are gone when the step is done have left no columns to compare.
    assert {name: columns or declared.get(name) for name, columns in stored.items()} == declared


@pytest.mark.parametrize("step", [step for step in STEPS if step.name not in TELLING], ids=lambda step: step.name)
def test_python_makes_rows_of_what_it_has_fetched_and_of_nothing_else(found: Followed, step: Step) -> None:
    """A column that a step begins to fetch has to be declared, as a part of a row or as none."""
    made = [
        fact for name, fact in declared_by(step.name).items() if name in {*step.writes, *PASSING.get(step.name, ())}
    ]
    origins = {origin for fact in made for own in fact.columns.values() for origin in own.origins}
    passed = [found.made[name] for name in declarations()["as_selected"] if name in step.writes]
    selected = {origin for own in passed for column in own.columns.values() for origin in column.origins}
    deciding = {origin for own in passed for origin in own.deciding}
    not_in_rows = declarations()["not_in_rows"].get(step.name, {})
    unused = {origin for name, own in not_in_rows.items() for origin in parsed(own, name)}
    fetched, at_hand = found.fetched.get(step.name, set()), {*step.writes, *found.declared}
    assert fetched - origins - selected - deciding - unused == set()
    assert unused <= fetched
    assert {name for name, _ in origins - fetched if not name.startswith("published.")} <= at_hand
