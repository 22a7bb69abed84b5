"""What each candidate is told: a decision, its code, and reasons with the numbers and what would change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from models.assortment import Flags, Floats
from models.list_choice import ListChoice, Obstacles, obstacles
from pipelines.selection_inputs import Inputs, numbers

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
# A lacking score is met a little above the exact figure, so that a reader who acts on it is not turned down by rounding.
MARGIN = 1.01


@dataclass(frozen=True)
class Case:
    """One admitted candidate that is not listed: its facts, its worth at the prices of the list, and what it lacks."""

    facts: dict[str, object]
    rule: str
    held: float
    cap: float
    needed_score: float
    needed_probability: float
    twin: str


def reason(code: str, **values: object) -> str:
    """Write one reason; separators inside a value give way to their full-width forms."""
    pairs = (f"{key}={_text(value)}" for key, value in values.items())
    return f"{code}:{','.join(pairs)}"


def _text(value: object) -> str:
    text = f"{value:.4f}" if isinstance(value, float) else str(value)
    return text.replace(",", "，").replace("=", "＝")


def decide(inputs: Inputs, made: ListChoice, kept_units: Floats) -> pa.Table:
    """One row a candidate of the night, in order of sku_id: decision, code, role, reasons and place among the reserves."""
    listed = np.zeros(len(inputs.admitted), dtype=np.bool_)
    listed[inputs.admitted] = made.choice.chosen
    gain = np.zeros(len(listed))
    gain[inputs.admitted] = made.choice.gain
    facts = inputs.candidates.drop_columns(["list_price"]).to_pylist()
    cases = _cases(inputs, made, facts)
    roles = [_role(row) if is_listed else None for row, is_listed in zip(facts, listed, strict=True)]
    reasons = [
        _listed_reasons(row, role, units) if role else _unlisted_reasons(row, cases.get(position))
        for position, (row, role, units) in enumerate(zip(facts, roles, kept_units.tolist(), strict=True))
    ]
    columns = {
        "sku_id": inputs.candidates["sku_id"],
        "decision": ["listed" if is_listed else "not_listed" for is_listed in listed],
        "decision_code": [lines[0].partition(":")[0] for lines in reasons],
        "role": roles,
        "expected_kept_units": kept_units,
        "gain": gain,
        "is_reserve": _reserves(inputs, made, cases),
        "reasons": reasons,
    }
    return pa.table(columns, schema=DECISIONS)


def _role(row: dict[str, object]) -> str:
    if row["has_pin"]:
        return "pinned"
    if row["is_new"]:
        return "explore"
    if row["is_clearance"]:
        return "clearance"
    return "seasonal" if row["season_start"] or row["season_end"] else "core"


def _listed_reasons(row: dict[str, object], role: str, units: float) -> list[str]:
    facts: dict[str, object] = {"score": row["score"], "expected_kept_units": units}
    if role == "explore":
        facts["evidence_orders"] = row["evidence_orders"]
    lines = [reason(f"listed_{role}", **facts)]
    if row["has_pin"]:
        lines.append(reason("pinned_by_override", override_id=row["pin_id"]))
    if row["has_pin"] and row["is_gated"]:
        lines.append(reason("pin_over_cap", landmine_probability=row["landmine_probability"]))
    return [*lines, *_own_reasons(row)]


def _unlisted_reasons(row: dict[str, object], case: Case | None) -> list[str]:
    """Why not, strongest first; a reason that scoring has already given for the same code is not said twice."""
    own = _own_reasons(row)
    code = row["admission_code"]
    if case is not None:
        first = _case_reason(case)
    elif code == "banned_by_override":
        first = reason(str(code), override_id=row["ban_id"])
    elif code == "pin_unapproved":
        first = reason(str(code), override_id=row["pin_id"], landmine_probability=row["landmine_probability"])
    elif code == "no_value":
        first = reason(str(code), score=row["score"])
    else:
        first = next((line for line in own if line.partition(":")[0] == code), str(code))
    return [first, *(line for line in own if line != first)]


def _own_reasons(row: dict[str, object]) -> list[str]:
    lines = row["score_reasons"]
    return list(lines) if isinstance(lines, list) else []


def _case_reason(case: Case) -> str:
    family, _, group = case.rule.partition(":")
    if case.twin:
        return reason("duplicate_of", sku_id=case.twin, score=case.facts["score"])
    if family == "promise":
        return reason(
            "promise_full",
            landmine_probability=case.facts["landmine_probability"],
            needed_probability=case.needed_probability,
        )
    wanted = {"score": case.facts["score"], "needed_score": case.needed_score}
    limits = {"listed": round(case.held), "cap": round(case.cap)}
    if family == "supplier":
        return reason("supplier_cap", supplier_id=group, **limits, **wanted)
    if family in ("category", "category_max"):
        return reason("category_max", category=group, **limits, **wanted)
    if family in ("cold_chain_max", "explore_max"):
        return reason(FULL[family], **limits, **wanted)
    return reason("low_value", **wanted)


FULL = {"cold_chain_max": "cold_chain_full", "explore_max": "explore_full"}


def _cases(inputs: Inputs, made: ListChoice, facts: list[dict[str, object]]) -> dict[int, Case]:
    """The admitted candidates that are not listed, by their position among all candidates."""
    found, rules = obstacles(made), made.problem.rules
    held = rules.matrix @ made.choice.chosen.astype(np.float64)
    twins = _twins(inputs, made.choice.chosen)
    needed_score, needed_probability = _needed(inputs, made, found)
    positions = np.flatnonzero(inputs.admitted)
    cases = {}
    for column in np.flatnonzero(~made.choice.chosen).tolist():
        row = int(found.rule[column])
        cases[int(positions[column])] = Case(
            facts=facts[positions[column]],
            rule=rules.names[row] if row >= 0 else "",
            held=float(held[row]),
            cap=float(rules.bounds[row]),
            needed_score=float(needed_score[column]),
            needed_probability=float(needed_probability[column]),
            twin=twins[column],
        )
    return cases


def _needed(inputs: Inputs, made: ListChoice, found: Obstacles) -> tuple[Floats, Floats]:
    """The score, and the landmine probability, at which each admitted candidate would hold its own at tonight's prices."""
    growth = found.lack / np.where(found.credit > 0, found.credit, np.inf)
    price = made.choice.prices[made.problem.rules.names.index("promise")]
    fall = found.lack / max(float(price), 1e-12)
    probability = np.maximum(inputs.column("landmine_probability") - MARGIN * fall, 0.0)
    return inputs.column("score") * (1.0 + MARGIN * growth), probability


def _twins(inputs: Inputs, chosen: Flags) -> list[str]:
    """The listed near-duplicate of each admitted candidate, or nothing; same SPU before same title."""
    skus = inputs.texts("sku_id")
    by_name: list[Callable[[int], str]] = []
    for name in ("spu_id", "title_key"):
        groups = inputs.texts(name)
        leaders = {groups[column]: skus[column] for column in np.flatnonzero(chosen).tolist() if groups[column]}
        by_name.append(lambda column, groups=groups, leaders=leaders: leaders.get(groups[column], ""))  # type: ignore[misc]
    return [next((twin for find in by_name if (twin := find(column))), "") for column in range(len(skus))]


def _reserves(inputs: Inputs, made: ListChoice, cases: dict[int, Case]) -> list[bool]:
    """Which candidates may step in: admitted, unlisted, no twin on the list, within the promise's own level."""
    probability = numbers(inputs.candidates, "landmine_probability")
    return [
        position in cases and not cases[position].twin and bool(probability[position] <= made.promise)
        for position in range(len(inputs.admitted))
    ]
