"""What agents propose for the list date: who passes the gate, which of it joins the list, and why the rest does not."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from xuanpin.models.arrays import Flags, Ints
from xuanpin.models.assortment.list_task import SolvedList
from xuanpin.models.assortment.proposals import Proposals, list_with_proposals
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts.reason_codes import reason
from xuanpin.pipelines.selection.inputs import Inputs

OWN_PICKS = pa.schema(
    [
        ("agent_id", pa.string()),
        ("sku_id", pa.string()),
        ("asked_nth", pa.int64()),
        ("decision_code", pa.string()),
        ("reasons", pa.list_(pa.string())),
    ]
)
"""Columns of night.int_own_picks; asked_nth counts proposals as they came. decision_code: on_list, place_given or
trial_place for what the match step may give her, else why it is refused."""
GATED: Mapping[str, Mapping[str, str]] = {
    "agent_inactive": {},
    "over_slots": {"daily_slots": "daily_slots"},
    "not_for_sale": {"status": "status"},
    "not_launched": {"launched_on": "launched_on"},
    "out_of_season": {"season_start": "season_start", "season_end": "season_end"},
    "below_price_band": {"price": "list_price", "min": "price_min"},
    "above_price_band": {"price": "list_price", "max": "price_max"},
    "below_min_satisfaction": {"satisfaction": "satisfaction", "min": "min_satisfaction"},
    "excluded_category": {"category": "category", "excluded": "excluded_path"},
    "above_own_limit": {"landmine_probability": "landmine_probability", "max": "max_landmine_probability"},
    "does_not_keep": {"keeps": "shelf_hours", "needed": "needed_hours"},
}
"""Codes of the gate's own rules: each key of the sentence with the column that it quotes. Other codes are the
scorecard's, with its reasons."""
OPEN = "…"
"""What is said of a season that has no such end."""

Row = dict[str, Any]


@dataclass(frozen=True)
class OwnPicks:
    """What agents propose: `rows` as int_own_picks selects them, and how many agents ask for each SKU that passes the
    gate for them (`asked`); an agent asks for no more SKUs than she has slots."""

    rows: list[Row]
    asked: Mapping[str, int]


def read_own_picks(night: Night) -> OwnPicks:
    """Read the proposals for the list date; night.int_selection_candidates must be there."""
    rows = night.engine.select(
        "int_own_picks", list_date=night.list_date, margin_hours=night.settings.perishables.margin_hours
    ).to_pylist()
    open_rows = [row for row in rows if row["gate_code"] is None and row["nth"] <= row["daily_slots"]]
    return OwnPicks(rows, Counter(row["sku_id"] for row in open_rows))


def pick_places(night: Night) -> int:
    """Return the most places of the list that proposals may be given."""
    wanted = night.settings.assortment
    return math.ceil(round(wanted.pick_share * wanted.list_size, 9))


def with_own_picks(
    night: Night, inputs: Inputs, picks: OwnPicks, base: SolvedList, solve: Callable[[Flags], SolvedList]
) -> tuple[SolvedList, Flags]:
    """Return the list with proposals, and which admitted candidates got their place so; `base` where none did.

    `solve` solves tonight's assortment with these admitted candidates pinned.
    """
    asked: Ints = np.array([picks.asked.get(sku, 0) for sku in inputs.texts("sku_id")], dtype=np.int64)
    proposals = Proposals(asked, inputs.column("landmine_probability"), pick_places(night))
    return list_with_proposals(base, proposals, solve)


def own_picks_table(picks: OwnPicks, inputs: Inputs, placed: Flags, decisions: pa.Table, places: int) -> pa.Table:
    """Return night.int_own_picks: each proposal with what the list says to it.

    `placed` are the admitted candidates that proposals brought on the list, `decisions` those on every candidate, and
    `places` the most that proposals may be given.
    """
    ids, is_new = inputs.texts("sku_id")[placed], inputs.flags("is_new")[placed]
    trial = dict(zip(ids.tolist(), is_new.tolist(), strict=True))
    said = _of_proposed(decisions, picks)
    judged = [_judged(row, said.get(row["sku_id"], {}), trial, picks.asked, places) for row in _by_slots(picks, said)]
    return pa.Table.from_pylist(judged, schema=OWN_PICKS)


def _by_slots(picks: OwnPicks, said: Mapping[str, Row]) -> Iterator[Row]:
    """The proposals, newest first within an agent; those beyond her slots say so.

    Of the listed so many count as she has slots, whatever newer ones the list has no place for.
    """
    held: Counter[str] = Counter()
    for row in sorted(picks.rows, key=lambda row: (row["agent_id"], row["nth"], row["sku_id"])):
        place = row["nth"]
        if row["gate_code"] is None and said[row["sku_id"]]["decision"] == "listed":
            held[row["agent_id"]] += 1
            place = held[row["agent_id"]]
        is_over = row["gate_code"] is None and place > row["daily_slots"]
        yield row | {"gate_code": "over_slots"} if is_over else row


def _of_proposed(decisions: pa.Table, picks: OwnPicks) -> dict[str, Row]:
    proposed = {row["sku_id"] for row in picks.rows}
    if not proposed:
        return {}
    columns = decisions.select(["sku_id", "decision", "reasons"])
    return {row["sku_id"]: row for row in columns.to_pylist() if row["sku_id"] in proposed}


def _judged(row: Row, said: Row, trial: Mapping[str, bool], asked: Mapping[str, int], places: int) -> Row:
    sku, code = row["sku_id"], row["gate_code"]
    if code in GATED:
        reasons = [_gate_reason(row)]
    elif code is not None:
        reasons = said["reasons"][:1]
    elif said["decision"] == "listed":
        code = "on_list" if sku not in trial else "trial_place" if trial[sku] else "place_given"
        reasons = [code if code == "on_list" else reason(code, agents=asked[sku])]
    else:
        code = "no_place"
        reasons = [reason(code, agents=asked[sku], places=places), *said["reasons"][:1]]
    return {
        "agent_id": row["agent_id"],
        "sku_id": sku,
        "asked_nth": row["asked_nth"],
        "decision_code": code,
        "reasons": reasons,
    }


def _gate_reason(row: Row) -> str:
    code = row["gate_code"]
    values = {key: _quoted(row[column]) for key, column in GATED[code].items()}
    return reason(code, **values) if values else str(code)


def _quoted(value: Any) -> Any:
    return OPEN if value is None else value
