"""Which tables each step of the night reads and writes, from the engine's own log of queries.

Run `python -m tools.traced_night SOURCES AS_OF`; it runs two nights in a temporary home, since a first night has
no history, and prints each step's tables in the form in which `pipelines/nightly.py` declares them.
"""

from __future__ import annotations

import pkgutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp

from xuanpin.pipelines.context import BEIJING, Home, Night, RunRequest
from xuanpin.pipelines.nightly import STEPS
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.steps import Step

SCHEMAS = ("source", "history", "night", "ops")
BOOKKEEPING = ("ops.warehouse_version", "ops.steps_done")
"""Tables of the program that runs the steps, not of a step."""
WRITING = (exp.Create, exp.Insert, exp.Delete, exp.Update, exp.Merge, exp.Alter)


@dataclass
class Trace:
    """The tables of one step: those of others that it read, those it wrote, and those it stored and then fetched.

    `texts` are its statements, night by night, and `columns` those of the warehouse's tables after the last of these
    nights, with their types.
    """

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    views: set[str] = field(default_factory=set)
    stored: set[str] = field(default_factory=set)
    read_back: set[str] = field(default_factory=set)
    texts: list[list[str]] = field(default_factory=list)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)

    def follow(self, statement: exp.Expr) -> None:
        """Take one statement of the step into account, in the order in which they ran."""
        named = [f"{table.db}.{table.name}" for table in statement.find_all(exp.Table) if table.db in SCHEMAS]
        if isinstance(statement, exp.Create) and statement.args.get("kind") == "VIEW":
            self.views |= {f"{table.db}.{table.name}" for table in statement.this.find_all(exp.Table)}
        tables = [name for name in named if name not in BOOKKEEPING and name not in self.views]
        target = _target(statement)
        if isinstance(statement, exp.Query) and set(tables) <= self.stored:
            self.read_back |= set(tables)
        self.reads |= {name for name in tables if name != target} - self.writes
        if target is not None and target not in BOOKKEEPING:
            self.writes.add(target)
            if any(table.name == "incoming_rows" for table in statement.find_all(exp.Table)):
                self.stored.add(target)


def _trial(first: date) -> dict[str, Any]:
    """A trial, so that the step which tries something does: it is idle in most homes."""
    days = {"starts_on": first + timedelta(days=1), "ends_on": first + timedelta(days=9)}
    return {"name": "traced", **days, "treatment": {"matching": {"stock_margin": 1.0}}}


def trace_night(request: RunRequest, steps: Sequence[Step] = STEPS) -> dict[str, Trace]:
    """Run the steps of one night in their order and return what each touched, by the step's name."""
    with open_night(request) as night:
        night.engine.execute("call enable_logging('QueryLog')")
        return {step.name: trace_step(step, night) for step in steps}


def trace_two_nights(sources: Path, home: Home, first: date, steps: Sequence[Step] = STEPS) -> dict[str, Trace]:
    """Run the steps for a day and for the day after it; return what each touched in either night, by its name."""
    settings = Settings(experiment=_trial(first))
    united: dict[str, Trace] = {step.name: Trace() for step in steps}
    for as_of in (first, first + timedelta(days=1)):
        now = datetime.combine(as_of + timedelta(days=1), datetime.min.time(), BEIJING)
        request = RunRequest(as_of, home, sources, settings, now, is_stale_allowed=as_of > first)
        for name, trace in trace_night(request, steps).items():
            united[name].reads |= trace.reads
            united[name].writes |= trace.writes
            united[name].read_back |= trace.read_back
            united[name].texts += trace.texts
            united[name].columns |= trace.columns
    return united


def trace_step(step: Step, night: Night) -> Trace:
    """Run one step and return what it touched."""
    night.engine.execute("call truncate_duckdb_logs()")
    pkgutil.resolve_name(step.function)(night)
    trace = Trace()
    logged = night.engine.query("select message from duckdb_logs where type = 'QueryLog' order by timestamp")
    trace.texts.append(logged["message"].to_pylist())
    for text in trace.texts[0]:
        for statement in statements_of(text):
            trace.follow(statement)
    trace.columns = {name: night.engine.columns(name) for name in sorted({*step.reads, *step.writes})}
    return trace


@cache
def statements_of(text: str) -> tuple[exp.Expr, ...]:
    """Return the statements of a logged `text`; two nights run most of them twice."""
    # Without a line end, sqlglot takes a parameter before an empty text at the end for the begin of a quotation.
    return tuple(statement for statement in sqlglot.parse(f"{text}\n", read="duckdb") if statement is not None)


def _target(statement: exp.Expr) -> str | None:
    """The lasting table that a statement writes, or None."""
    if not isinstance(statement, WRITING) or statement.args.get("kind") == "VIEW":
        return None
    table = statement.this.find(exp.Table) if statement.this is not None else None
    return f"{table.db}.{table.name}" if table is not None and table.db in SCHEMAS else None


def main(sources: Path, as_of: date) -> None:
    """Print the declared form of every step's tables."""
    with tempfile.TemporaryDirectory() as folder:
        traces = trace_two_nights(sources, Home(Path(folder) / "home"), as_of)
    for name, trace in traces.items():
        print(f"{name}\n  reads={tuple(sorted(trace.reads))}\n  writes={tuple(sorted(trace.writes))}")
        if trace.read_back:
            print(f"  reads back {sorted(trace.read_back)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]))
