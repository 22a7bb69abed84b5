"""One SKU's life over the nights that a home keeps: how it was judged, what was decided, and how that turned out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.looking_back.nights import Nights, Rows, recorded_night, rows_over
from xuanpin.pipelines.looking_back.records import BY_DAY, BY_WEEK, read_record
from xuanpin.pipelines.typed.names import same_name

JUDGED = (
    "list_date", "run_id", "sku_id", "title", "category", "supplier_id", "list_price", "decision", "decision_code",
    "reasons", "return_rate", "return_rate_lower", "return_rate_upper", "regret_rate", "regret_rate_lower",
    "regret_rate_upper", "landmine_ceiling", "landmine_probability", "satisfaction", "satisfaction_lower",
    "expected_kept_units", "score", "evidence_orders", "evidence_messages", "sellable_units", "days_on_list",
)  # fmt: skip
"""Columns of the scorecard that a life tells of each night."""
PLACED = ("list_date", "list_rank", "role")
GIVEN = ("agent_id", "match_rank", "fit", "acceptance", "expected_kept_units", "units_reserved")
PROPOSED = ("list_date", "agent_id", "decision", "decision_code", "reasons")
SHOWN_AGENTS = 50
"""Agents of the last listed night who are named, those with the best place first; a platform has thousands."""
COUNTED_NIGHTS = 14
"""Listed nights of which the matches are counted; each takes a look into all matches of a night."""


@dataclass(frozen=True)
class SkuLife:
    """What the nights say of one SKU, `sku_id`.

    `nights` has a row a list date on which it was a candidate, the newest first: columns JUDGED, and `list_rank` and
    `role` where it was listed (else None). `given_on` is the last list date on which it was listed, `given` the
    matches of that day, the best place first, `given_count` how many there were, and `given_by_night` their number on
    the last COUNTED_NIGHTS listed dates. `proposed` are agents' own proposals of it. `weeks` are its delivered and
    returned lines, the oldest week first, up to `recorded_on`; `predictions` what was predicted of its listed days and
    came of them.
    """

    sku_id: str
    nights: Rows
    given_on: str | None
    given: Rows
    given_count: int
    given_by_night: Mapping[str, int]
    proposed: Rows
    recorded_on: str | None
    weeks: Rows
    predictions: Rows

    @property
    def newest(self) -> dict[str, Any]:
        """How it was judged last."""
        return self.nights[0]


def find_sku(home: Home, nights: Nights, typed: str) -> str | None:
    """Return the candidate of the newest of the `nights` that was `typed` in another case, width or with blanks; None
    for none."""
    if not nights:
        return None
    return same_name(typed, run_store.read_table(home, nights[0], "sku_scorecard", ["sku_id"])["sku_id"].to_pylist())


def sku_life(home: Home, nights: Nights, sku_id: str) -> SkuLife | None:
    """Return what the `nights` of a home say of the SKU `sku_id`; None for one that no night knew."""
    judged = rows_over(home, nights, "sku_scorecard", JUDGED, sku_id=sku_id)
    if not judged:
        return None
    placed = {row["list_date"]: row for row in rows_over(home, nights, "sku_list", PLACED, sku_id=sku_id)}
    rows = [row | _place(placed.get(row["list_date"])) for row in judged]
    listed = [run for run in nights if any(str(day) == run.list_date for day in placed)]
    given = _given(home, listed[:1], sku_id)
    folder = recorded_night(home, nights)
    return SkuLife(
        sku_id=sku_id,
        nights=rows,
        given_on=listed[0].list_date if listed else None,
        given=given[:SHOWN_AGENTS],
        given_count=len(given),
        given_by_night={run.list_date: _count(home, run, sku_id) for run in listed[:COUNTED_NIGHTS]},
        proposed=rows_over(home, nights, "pick_answers", PROPOSED, sku_id=sku_id),
        recorded_on=None if folder is None else run_store.read_manifest(folder)["as_of_date"],
        weeks=[] if folder is None else read_record(folder, BY_WEEK, sku_id=sku_id),
        predictions=[] if folder is None else read_record(folder, BY_DAY, sku_id=sku_id),
    )


def _place(row: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: None if row is None else row[name] for name in ("list_rank", "role")}


def _given(home: Home, runs: Sequence[run_store.CurrentRun], sku_id: str) -> Rows:
    rows = [
        row for run in runs for row in rows_over(home, (run,), "agent_matches", ("list_date", *GIVEN), sku_id=sku_id)
    ]
    return sorted(rows, key=lambda row: (row["match_rank"], row["agent_id"]))


def _count(home: Home, run: run_store.CurrentRun, sku_id: str) -> int:
    return len(run_store.read_table(home, run, "agent_matches", ["sku_id"], sku_id=sku_id))
