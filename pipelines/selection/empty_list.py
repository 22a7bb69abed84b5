"""Says why a list would be empty: what keeps the candidates off it, how many of them, and what would change it."""

from __future__ import annotations

from collections import defaultdict

import pyarrow as pa

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.errors import OutputCheckFailed
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

SHOWN_IDS = 3
"""SKUs named for each obstacle: enough to look one up."""
ADVICE = {
    "out_of_stock": phrase("send inventory of the as-of date"),
    "offer_ended": phrase("send supplier_offers that hold on the list date"),
    "offer_to_come": phrase("wait for the day on which the offers begin"),
    "offer_sold_out": phrase("send supplier_offers with more units, or another lot"),
    "offer_withdrawn": phrase("send supplier_offers that hold on the list date"),
    "banned_by_override": phrase("end bans"),
    "danger_reported": phrase("look into the reports and clear those that are no danger (xuanpin clear-danger)"),
    "twin_of_danger": phrase("look into the reports of the SKUs whose twins they are"),
    "twin_of_banned": phrase("pin those that are other goods than the banned"),
    "pin_unapproved": phrase("have a second person approve the pins"),
    "over_landmine_cap": phrase("wait for better outcomes, or raise [scoring] landmine_cap"),
    "no_value": phrase("look whether returns and complaints are read right, or lower [scoring] regret_cost"),
    "promise_full": phrase("raise [scoring] landmine_promise, or allow a floor by [assortment] list_floor"),
    "keeps_for_few_agents": phrase(
        "look whether shelf_life_days and delivered_at are read right, or lower [perishables] margin_hours"
    ),
    "suits_no_agent": phrase("look at what active agents require: price band, min_satisfaction, excluded categories"),
}
"""What to do about each obstacle that can keep every candidate off the list."""


NO_CANDIDATES = phrase(
    "there is no candidate, as no SKU of the catalogue is active, launched by then and within its "
    "season; send products whose status, launched_on, season_start and season_end say so"
)
NO_OUTCOMES = phrase(
    "No SKU has a delivered order line whose outcome could have shown, so nothing is known of any of them; a list "
    "comes with the first deliveries (status delivered, with delivered_at)"
)
"""What is said of a platform without any outcome, where to look at single SKUs would help nobody."""


def refuse_empty(night: Night, candidates: pa.Table, decisions: pa.Table) -> None:
    """Raise OutputCheckFailed where no candidate is listed, or none is there.

    candidates: rows with evidence_orders (mature order lines of a SKU); decisions: as of DECISIONS. The message counts
    the candidates by what keeps them off, most frequent first, with up to three ids each.
    """
    found, states = defaultdict(list), set(decisions["decision"].to_pylist())
    for sku_id, code in zip(decisions["sku_id"].to_pylist(), decisions["decision_code"].to_pylist(), strict=True):
        found[code].append(sku_id)
    if "listed" in states:
        return
    if not found:
        raise OutputCheckFailed(
            phrase("no list for {list_date}: {reason}", list_date=night.list_date, reason=NO_CANDIDATES)
        )
    ordered = sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    counts = joined(
        (phrase("{code}: {count} ({skus})", code=code, count=len(skus), skus=_named(skus)) for code, skus in ordered),
        "; ",
    )
    raise OutputCheckFailed(
        phrase(
            "no list for {list_date}: none of {count} candidates may be listed. {counts}. {advice}",
            list_date=night.list_date,
            count=decisions.num_rows,
            counts=counts,
            advice=_advice(candidates, [code for code, _ in ordered]),
        )
    )


def _advice(candidates: pa.Table, codes: list[str]) -> Phrase:
    if codes[0] in {"no_value", "over_landmine_cap", "promise_full"} and not any(
        candidates["evidence_orders"].to_pylist()
    ):
        return NO_OUTCOMES
    known = [ADVICE[code] for code in codes if code in ADVICE]
    return phrase("To have a list: {advice}", advice=joined(known, "; ") or phrase("relax a rule of [assortment]"))


def _named(skus: list[str]) -> Phrase:
    return joined([*skus[:SHOWN_IDS], *(["…"] if len(skus) > SHOWN_IDS else [])])
