"""Compares two runs: their lists, decisions, measures, matches, checks and alarms, and what they were made from.

`before` and `after` are the two runs, or what is said of something in each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.pipelines import run_store
from xuanpin.pipelines.comparing.origins import Difference, RunFacts, differences, run_facts, tells_settings
from xuanpin.pipelines.comparing.pair import open_pair
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.typed.names import read_name
from xuanpin.pipelines.typed.phrase import phrase

Rows = tuple[dict[str, Any], ...]
LARGEST = 5
"""SKUs that are named for each measure, those that changed most."""
OF_SKU = ("sku_id", "title", "category", "supplier_id")
OF_SIDE = (
    "list_rank", "role", "decision_code", "reasons", "return_rate", "regret_rate", "landmine_probability",
    "satisfaction", "score", "expected_kept_units", "evidence_orders", "evidence_messages", "sellable_units", "agents",
)  # fmt: skip
"""What is said of a SKU in one run: its place, what decided, its measures, and the agents that get it."""


@dataclass(frozen=True)
class ComparedSku:
    """A SKU in two runs: `sku_id`, `title`, `category` and `supplier_id` as in the later one that knows it.

    `before` and `after` have the columns OF_SIDE, or are None where the run does not know the SKU.
    """

    sku_id: str
    title: str | None
    category: str | None
    supplier_id: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


Skus = tuple[ComparedSku, ...]


@dataclass(frozen=True)
class AgentChanges:
    """What changed for the agent `agent_id`: her matches that came (`entering`), went (`leaving`) and stand at another
    place (`moved`), rows of compared_agent."""

    agent_id: str
    entering: Rows
    leaving: Rows
    moved: Rows


@dataclass(frozen=True)
class Comparison:
    """What two runs, `before` and `after`, differ in.

    `entering`, `leaving` and `moved` (place or role) are SKUs of the lists; `changed` those at the same place whose
    measures or reasons differ; `others` candidates on neither list that another code decided (empty unless asked for).
    `shifts` has a row a measure, with the SKUs that changed most; `decisions` counts SKUs by the codes then and now;
    `matches` counts pairs that came, went and moved; `agent` is the one asked for. `checks` and `alarms` are those that
    differ; `settings`, `origins` and `row_counts` say what differs of what the runs were made from and hold. Settings
    are compared where both runs tell theirs (`tells_settings`).
    """

    before: RunFacts
    after: RunFacts
    entering: Skus
    leaving: Skus
    moved: Skus
    changed: Skus
    others: Skus
    shifts: Rows
    decisions: Rows
    matches: Mapping[str, int]
    agent: AgentChanges | None
    checks: Rows
    alarms: Rows
    settings: tuple[Difference, ...]
    tells_settings: bool
    origins: tuple[Difference, ...]
    row_counts: tuple[Difference, ...]

    @property
    def is_same_list(self) -> bool:
        """Whether both lists hold the same SKUs at the same places in the same roles."""
        return not (self.entering or self.leaving or self.moved)


def compare(
    home: Home,
    before: run_store.CurrentRun,
    after: run_store.CurrentRun,
    agent_id: str | None = None,
    *,
    with_others: bool = False,
) -> Comparison:
    """Compare two runs of a home from their folders; `agent_id` names an agent whose matches are told one by one.

    `with_others` tells candidates on neither list too, where another code decided. Raises UsageError for an agent whom
    neither run knows, with the names most like hers.
    """
    manifests = [run_store.manifest(home, run) for run in (before, after)]
    found = differences(*manifests)
    with open_pair(home, before, after) as engine:
        skus = engine.read("night.compared_skus")
        listed = [(row["move"], _sku(row)) for row in _listed(skus)]
        return Comparison(
            before=run_facts(before, manifests[0]),
            after=run_facts(after, manifests[1]),
            entering=_of(listed, "in"),
            leaving=_of(listed, "out"),
            moved=_of(listed, "moved"),
            changed=tuple(sku for sku in _of(listed, "stayed") if sku.before != sku.after),
            others=tuple(map(_sku, _decided_anew(skus))) if with_others else (),
            shifts=_shifts(engine),
            decisions=_rows(engine, "compared_decisions"),
            matches=_rows(engine, "compared_pairs")[0],
            agent=None if agent_id is None else _agent(home, (before, after), engine, agent_id),
            checks=_rows(engine, "compared_checks"),
            alarms=_rows(engine, "compared_alarms"),
            settings=found.settings,
            tells_settings=all(map(tells_settings, manifests)),
            origins=found.origins,
            row_counts=found.row_counts,
        )


def _listed(skus: pa.Table) -> list[dict[str, Any]]:
    """Return the rows of SKUs on either list in the order of the later one."""
    rows: list[dict[str, Any]] = skus.filter(pc.field("move") != "off").to_pylist()
    return sorted(rows, key=lambda row: (row["list_rank_after"] or row["list_rank_before"], row["sku_id"]))


def _decided_anew(skus: pa.Table) -> list[dict[str, Any]]:
    """Return the rows of candidates on neither list that another code decided."""
    rows: list[dict[str, Any]] = skus.filter(pc.field("move") == "off").to_pylist()
    return [row for row in rows if row["decision_code_before"] != row["decision_code_after"]]


def _rows(engine: Engine, stem: str, **parameters: Any) -> Rows:
    return tuple(
        {key: _plain(value) for key, value in row.items()} for row in engine.select(stem, **parameters).to_pylist()
    )


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, date | Decimal) else value


def _sku(row: Mapping[str, Any]) -> ComparedSku:
    own = {name: row[name] for name in OF_SKU}
    return ComparedSku(**own, before=_side(row, "before"), after=_side(row, "after"))


def _side(row: Mapping[str, Any], side: str) -> dict[str, Any] | None:
    return {name: row[f"{name}_{side}"] for name in OF_SIDE} if row[f"is_known_{side}"] else None


def _of(listed: Sequence[tuple[str, ComparedSku]], move: str) -> Skus:
    return tuple(sku for moved, sku in listed if moved == move)


def _shifts(engine: Engine) -> Rows:
    """Return the measures that changed for some SKU, each with the SKUs that changed most."""
    largest = _rows(engine, "compared_largest", shown=LARGEST)
    shifts = [row for row in _rows(engine, "compared_shifts") if row["rose"] or row["fell"]]
    return tuple(
        row | {"largest": [_without(one) for one in largest if one["measure"] == row["measure"]]} for row in shifts
    )


def _without(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "measure"}


def _agent(home: Home, runs: Sequence[run_store.CurrentRun], engine: Engine, typed: str) -> AgentChanges:
    known = {
        name
        for run in runs
        for name in run_store.read_table(home, run, "agent_summary", ["agent_id"])["agent_id"].to_pylist()
    }
    agent_id = read_name(typed, phrase("agent of these runs"), sorted(known))
    rows = _rows(engine, "compared_agent", agent_id=agent_id)
    came, went, moved = (tuple(row for row in rows if row["move"] == move) for move in ("in", "out", "moved"))
    return AgentChanges(agent_id, came, went, moved)
