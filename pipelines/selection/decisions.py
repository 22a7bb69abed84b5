"""The decision on each candidate: its code, and reasons with the numbers and what would change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.assortment.list_task import SolvedList
from xuanpin.models.assortment.obstacles import obstacles
from xuanpin.pipelines.contracts.reason_codes import reason
from xuanpin.pipelines.selection.inputs import Inputs

DECISIONS = pa.schema(
    [
        ("sku_id", pa.string()),
        ("decision", pa.string()),
        ("decision_code", pa.string()),
        ("role", pa.string()),
        ("expected_kept_units", pa.float64()),
        ("gain", pa.float64()),
        ("is_reserve", pa.bool_()),
        ("reasons", pa.list_(pa.string())),
    ]
)

CAP_CODES = {
    "supplier": "supplier_cap",
    "category": "category_max",
    "category_max": "category_max",
    "cold_chain_max": "cold_chain_full",
    "explore_max": "explore_full",
}
"""Decision code by the family of the cap that stood in the way."""

TOLD = (
    *("sku_id", "score", "list_price", "satisfaction", "landmine_probability", "sellable_units", "evidence_orders"),
    *("is_pinned", "is_new", "is_clearance", "is_seasonal", "is_gated", "admission_code", "offer_reason"),
    *("ban_id", "pin_id", "banned_kin_id", "kin_ban_id", "dangerous_kin_id", "danger_reports", "danger_since_on"),
    *("witnesses", "agents", "needed_agents", "shelf_hours", "agents_share", "needed_share", "score_reasons"),
)
"""Columns of the candidates that decisions are told by; all of them would take three times as long."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What keeps an admitted candidate off the list, and at what score or landmine probability it would be on.

    `duplicate` is its listed near-duplicate, `rule` the constraint in its way with the SKUs that it holds (`held`) and
    its cap. `needed_score` and `needed_probability` are rounded to four decimals, to the side on which they still
    promise a place. `needed_units` of stock would list it, where a place would sell more than it has,
    else 0; `place_units` is what a place would sell.
    """

    duplicate: str | None
    rule: str
    held: int
    cap: int
    needed_score: float
    needed_probability: float
    needed_units: int
    place_units: float


def decide(
    inputs: Inputs, solved: SolvedList, kept_units: Floats, posts: float, proposed: Mapping[str, int]
) -> pa.Table:
    """Return one row a candidate in order of sku_id: decision, code, role, reasons and whether it may step in.

    `kept_units` are expected of each candidate on the list date; a place gets `posts` on average. `proposed` counts the
    agents who proposed a SKU, for those that got a place so.
    """
    positions = np.flatnonzero(inputs.admitted)
    listed = set(positions[solved.solution.chosen].tolist())
    everyone = np.arange(len(positions))
    verdicts = dict(zip(positions.tolist(), _verdicts(inputs, solved, posts, everyone), strict=True))
    gain = np.zeros(len(inputs.admitted))
    gain[inputs.admitted] = solved.solution.gain
    roles, reasons, reserves = [], [], []
    for position, row in enumerate(inputs.candidates.select(TOLD).to_pylist()):
        verdict = verdicts.get(position)
        is_listed = position in listed
        roles.append(role_of(row) if is_listed else None)
        asked = proposed.get(row["sku_id"], 0)
        reasons.append(_why_listed(row, float(kept_units[position]), asked) if is_listed else _why_not(row, verdict))
        reserves.append(verdict is not None and not is_listed and _may_step_in(row, verdict, solved.promise))
    columns = {
        "sku_id": inputs.candidates["sku_id"],
        "decision": ["listed" if role else "not_listed" for role in roles],
        "decision_code": [lines[0].partition(":")[0] for lines in reasons],
        "role": roles,
        "expected_kept_units": kept_units,
        "gain": gain,
        "is_reserve": reserves,
        "reasons": reasons,
    }
    return pa.table(columns, schema=DECISIONS)


def _may_step_in(row: Row, verdict: Verdict, promise: float) -> bool:
    """Whether it may take a place during the day; orders of what perishes may be closed by then."""
    return not verdict.duplicate and row["shelf_hours"] is None and row["landmine_probability"] <= promise


def role_of(row: Row) -> str:
    """Return the kind of place that a listed SKU holds; a merchandiser's word first, then what makes it special."""
    for role, flag in (("pinned", "is_pinned"), ("explore", "is_new"), ("clearance", "is_clearance")):
        if row[flag]:
            return role
    return "seasonal" if row["is_seasonal"] else "core"


def _why_listed(row: Row, kept_units: float, asked: int) -> list[str]:
    """Why it is listed: its role first, then who asked for it, the override and what scoring says."""
    role = role_of(row)
    facts: Row = {"score": row["score"], "expected_kept_units": kept_units}
    if role == "explore":
        facts["evidence_orders"] = row["evidence_orders"]
    lines = [reason(f"listed_{role}", **facts)]
    if role == "explore":
        lines.append(reason("few_witnesses", **_witnesses(row)))
    if asked:
        lines.append(reason("proposed_by_agents", agents=asked))
    if row["is_pinned"]:
        lines.append(reason("pinned_by_override", override_id=row["pin_id"]))
    if row["is_pinned"] and row["is_gated"]:
        lines.append(reason("pin_over_cap", landmine_probability=row["landmine_probability"]))
    return lines + _own_reasons(row)


def _witnesses(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("witnesses", "agents", "needed_agents")}


def _why_not(row: Row, verdict: Verdict | None) -> list[str]:
    """Why not, strongest first; what scoring has already said of the same code is not said twice."""
    own, code = _own_reasons(row), row["admission_code"]
    if verdict is not None:
        first = _outdone(row, verdict)
    elif code == "banned_by_override":
        first = reason(code, override_id=row["ban_id"])
    elif code == "twin_of_banned":
        first = reason(code, sku=row["banned_kin_id"], override_id=row["kin_ban_id"])
    elif code == "twin_of_danger":
        first = reason(code, sku=row["dangerous_kin_id"])
    elif code == "danger_reported":
        first = reason(code, reports=row["danger_reports"], since=row["danger_since_on"])
    elif code == "pin_unapproved":
        first = reason(code, override_id=row["pin_id"], landmine_probability=row["landmine_probability"])
    elif code == "suits_no_agent":
        first = reason(code, list_price=float(row["list_price"]), satisfaction=float(row["satisfaction"]))
    elif row["offer_reason"] is not None and row["offer_reason"].partition(":")[0] == code:
        first = row["offer_reason"]
    elif code == "keeps_for_few_agents":
        facts = {name: row[name] for name in ("agents_share", "needed_share")}
        first = reason(code, keeps=row["shelf_hours"], **facts)
    elif code == "no_value":
        first = reason(code, score=row["score"])
    else:
        first = next((line for line in own if line.partition(":")[0] == code), code)
    return [first, *(line for line in own if line != first)]


def why_not_listed(inputs: Inputs, solved: SolvedList, posts: float, places: Sequence[int]) -> list[str]:
    """Return the first reason of each candidate in `places` (positions) that is not listed; `posts` as of decide."""
    inside = [place for place in places if inputs.admitted[place]]
    columns = (np.cumsum(inputs.admitted) - 1)[inside]
    verdicts = dict(zip(inside, _verdicts(inputs, solved, posts, columns), strict=True))
    rows = inputs.candidates.take(pa.array(places, pa.int64())).to_pylist()
    return [_why_not(row, verdicts.get(place))[0] for place, row in zip(places, rows, strict=True)]


def _own_reasons(row: Row) -> list[str]:
    return list(row["score_reasons"] or [])


def _outdone(row: Row, verdict: Verdict) -> str:
    """The reason of a candidate that could have been listed and was not."""
    family, _, group = verdict.rule.partition(":")
    if verdict.duplicate:
        return reason("duplicate_of", sku_id=verdict.duplicate, score=row["score"])
    if family == "promise":
        facts = {"landmine_probability": row["landmine_probability"], "needed_probability": verdict.needed_probability}
        return reason("promise_full", **facts)
    code = CAP_CODES.get(family, "low_value")
    if code == "low_value" and verdict.needed_units:
        facts = {"sellable_units": row["sellable_units"], "place_units": verdict.place_units}
        return reason("low_stock", **facts, needed_units=verdict.needed_units, score=row["score"])
    facts = {"score": row["score"], "needed_score": verdict.needed_score}
    if code != "low_value":
        facts |= {"listed": verdict.held, "cap": verdict.cap}
    if group and code != "low_value":
        facts["supplier_id" if family == "supplier" else "category"] = group
    return reason(code, **facts)


def _verdicts(inputs: Inputs, solved: SolvedList, posts: float, columns: Ints) -> list[Verdict]:
    """What stands in the way of the admitted candidates in `columns`, in order; meaningless for the listed ones."""
    found, rules = obstacles(solved, inputs.column("landmine_probability")), solved.problem.constraints
    names = [*rules.names, ""]
    held = [*(rules.matrix @ solved.solution.chosen.astype(np.float64)).round().astype(int).tolist(), 0]
    caps = [*rules.bounds.round().astype(int).tolist(), 0]
    # Figures are written with four decimals: those that promise a place are rounded to the safe side.
    growth = found.needed_growth[columns]
    scores = (np.ceil(inputs.column("score")[columns] * growth * 1e4) / 1e4).tolist()
    probabilities = (np.floor(found.needed_probability[columns] * 1e4) / 1e4).tolist()
    sold = posts * inputs.column("demand_per_post")[columns]
    enough = np.ceil(inputs.column("sellable_units")[columns] * growth)
    enough = np.where(enough <= sold, enough, 0.0).astype(int).tolist()
    return [
        Verdict(duplicate, names[rule], held[rule], caps[rule], score, probability, units, place)
        for duplicate, rule, score, probability, units, place in zip(
            _near_duplicates(inputs, solved, columns),
            found.rule[columns].tolist(),
            scores,
            probabilities,
            enough,
            sold.tolist(),
            strict=True,
        )
    ]


def _near_duplicates(inputs: Inputs, solved: SolvedList, columns: Ints) -> list[str | None]:
    """The listed near-duplicate of each admitted candidate in `columns`: of the same SPU, else of the same title."""
    skus, spus, titles = (inputs.texts(name) for name in ("sku_id", "spu_id", "title_key"))
    chosen = np.flatnonzero(solved.solution.chosen).tolist()
    by_spu = {spus[column]: skus[column] for column in chosen if spus[column]}
    by_title = {titles[column]: skus[column] for column in chosen if titles[column]}
    return [by_spu.get(spu) or by_title.get(title) for spu, title in zip(spus[columns], titles[columns], strict=True)]
