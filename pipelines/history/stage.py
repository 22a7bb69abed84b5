"""Stages a night: selects what is visible on the as-of date and updates the order history with what arrived."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.engine.names import first_and_last, no_rows, quoted_table
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.history.day_sums import DAY_SUMS, STAGED, STAGED_SCHEMA, read_staged, write_sums
from xuanpin.pipelines.history.offers import stage_offers
from xuanpin.pipelines.history.stood_in import complete_stood_in
from xuanpin.pipelines.settings.assumptions import AssumptionSettings
from xuanpin.pipelines.typed.phrase import Phrase, phrase

VISIBLE = (
    "stg_products",
    "stg_inventory",
    "stg_agents",
    "stg_groups",
    "stg_overrides",
    "stg_match_answers",
    "stg_supplier_offers",
)
TIMELINE = (
    "int_return_versions",
    "int_order_line_versions",
    "int_order_line_days",
    "int_return_days",
    "int_order_line_timeline",
    "int_timeline_effects",
)
CHANGED = "int_changed_order_lines"
CHANGED_BUYERS = "night.int_buyers_changed"
"""Buyers whose lines have changed since step `outcomes` judged them; it empties the table."""
JUDGED_LINES = "night.int_sale_lines"
"""What `outcomes` keeps of lines; without it, it judges all."""
FOLDED = ("delivery_days", "fault_reasons")
"""The assumptions that the order history rests on."""
USUAL = AssumptionSettings()
SPAN_ROWS = 3_000_000
"""Rows of orders and returns that are folded at once: it bounds memory, and what a killed night does again."""


def stage_candidates(night: Night) -> StepCount:
    """Do as `stage`, and see to it that there is something to list.

    Raises InputRefused, saying why there is not, where no SKU may be listed or none has stock.
    """
    counts = stage(night)
    facts = night.engine.select("candidate_facts", list_date=night.list_date).to_pylist()[0]
    if facts["in_stock"] == 0:
        raise InputRefused(_nothing_to_list(night, facts))
    return counts


def _nothing_to_list(night: Night, facts: Mapping[str, Any]) -> Phrase:
    ending = phrase("so there is no list for {list_date}. Nothing was published", list_date=night.list_date)
    if facts["known"] == 0:
        since = (
            phrase("the first is known from {first_known_on}", first_known_on=facts["first_known_on"])
            if facts["first_known_on"]
            else phrase("none ever came")
        )
        return phrase(
            "products: no SKU is known as of {as_of_date} ({since}), {ending}. Send products whose "
            "updated_at is not later than that day, or run the night for a later one",
            as_of_date=night.as_of_date,
            since=since,
            ending=ending,
        )
    if facts["candidates"] == 0:
        return phrase(
            "products: none of {known} SKUs known as of {as_of_date} may be sold on {list_date}: {withdrawn} "
            "are paused or withdrawn, {to_come} are not launched yet (the first on {first_launch_on}), "
            "{out_of_season} are out of season, {ending}. Send products with status active and a launched_on "
            "and season that include the list date",
            known=facts["known"],
            as_of_date=night.as_of_date,
            list_date=night.list_date,
            withdrawn=facts["withdrawn"],
            to_come=facts["to_come"],
            first_launch_on=facts["first_launch_on"] or phrase("no day"),
            out_of_season=facts["out_of_season"],
            ending=ending,
        )
    return phrase(
        "inventory: none of {candidates} SKUs that may be sold has stock as of {as_of_date} (newest "
        "count: {newest_count_on}), {ending}. Send inventory of that day",
        candidates=facts["candidates"],
        as_of_date=night.as_of_date,
        newest_count_on=facts["newest_count_on"] or phrase("none"),
        ending=ending,
    )


def stage(night: Night) -> StepCount:
    """Bring the maintained tables up to date and write the staged tables of this as-of date.

    Reads source.*; writes history.order_line_timeline, history.daily_sku_outcomes, history.daily_agent_outcomes and
    night.stg_*, night.int_sku_offers, night.int_candidates and the sums of `write_sums`. Returns the
    rows read (visible keys and order lines that changed) and the candidates for the list date.
    """
    engine = night.engine
    before = read_staged(engine)
    assumed = night.settings.assumptions
    folds, drop_seq = _fold_new(engine, before, assumed, night.on_part)
    visible = stage_visible(night)
    candidates = stage_goods(night)
    write_sums(night, before | {"drop_seq": drop_seq, "assumed": _unusual(assumed)}, folds)
    return sum(folds) + visible, candidates


def stage_visible(night: Night) -> int:
    """Write night.stg_* from what is visible on the as-of date; return how many rows."""
    rows = sum(night.engine.materialise(stem, as_of_date=night.as_of_date) for stem in VISIBLE)
    complete_stood_in(night)
    return rows


def stage_goods(night: Night) -> int:
    """Write night.int_sku_offers and night.int_candidates from what is visible; return the number of candidates."""
    stage_offers(night)
    return night.engine.materialise("int_candidates", list_date=night.list_date)


def maintain_history(engine: Engine, assumed: AssumptionSettings = USUAL) -> int:
    """Fold the batches ingested since the last call into the order history; return how many order lines changed.

    Where something else is `assumed` than in the last call, all batches are folded anew.

    The cost grows with the lines that changed, not with history. The result does not depend on how rows were
    split into batches or in which order the batches came: each changed line is computed anew from all its
    versions, and its old contribution is taken back from the daily outcomes.
    """
    return sum(_fold_new(engine, read_staged(engine), assumed, lambda kept, parts: None)[0])


def _unusual(assumed: AssumptionSettings) -> str | None:
    """Return what is assumed of deliveries and reasons as ops.staged has it, None where it is the usual."""
    if all(getattr(assumed, name) == getattr(USUAL, name) for name in FOLDED):
        return None
    return assumed.model_dump_json(include=set(FOLDED))


def _fold_new(
    engine: Engine, before: Mapping[str, Any], assumed: AssumptionSettings, on_part: Callable[[int, int], None]
) -> tuple[list[int], int | None]:
    """Fold what came after the last fold (`before`, the row of ops.staged), span by span; return the lines changed in
    each span, and the batch now folded up to."""
    staged = before["drop_seq"] if before["assumed"] == _unusual(assumed) else None
    batches = engine.select("unstaged_batches", staged_seq=-1 if staged is None else staged).to_pylist()
    if not batches and staged is not None:
        return [], staged
    spans = list(_spans(-1 if staged is None else staged, batches))
    changed = []
    for since, until in spans:
        changed.append(_fold(engine, since, until, assumed))
        on_part(len(changed), len(spans))
    return changed, spans[-1][1]


def _spans(staged: int, batches: Sequence[Mapping[str, int]]) -> Iterator[tuple[int, int]]:
    """Cut the `batches` after `staged` into spans (after one batch, up to another) of about SPAN_ROWS rows."""
    since, rows = staged, 0
    for batch in batches[:-1]:
        rows += batch["arrived_rows"]
        if rows >= SPAN_ROWS:
            yield since, batch["drop_seq"]
            since, rows = batch["drop_seq"], 0
    yield since, batches[-1]["drop_seq"] if batches else staged


def _fold(engine: Engine, since: int, until: int, assumed: AssumptionSettings) -> int:
    """Fold the batches after `since` up to `until`; what is folded stays if the night ends after it."""
    changed = engine.materialise(CHANGED, into="temp", since_seq=since, until_seq=until)
    _compute_changed(engine, assumed)
    if not engine.exists(CHANGED_BUYERS):
        engine.create(no_rows("customer_id varchar, known_on date"), into=CHANGED_BUYERS)
    with engine.transaction():
        _replace_changed(engine)
        row = dict.fromkeys(STAGED_SCHEMA.names) | {"drop_seq": until, "assumed": _unusual(assumed)}
        engine.store(STAGED, pa.Table.from_pylist([row], STAGED_SCHEMA))
    engine.drop(*(f"temp.{stem}" for stem in (CHANGED, *TIMELINE)))
    return changed


def _compute_changed(engine: Engine, assumed: AssumptionSettings) -> None:
    first, last = engine.row(first_and_last("order_line_id", quoted_table(f"temp.{CHANGED}")))
    values = assumed.model_dump(mode="json", include=set(FOLDED)) | {"first_line": first, "last_line": last}
    # What only this night reads costs three times as much to write into the file.
    for stem in (*TIMELINE, *(sums.deltas for sums in DAY_SUMS)):
        engine.materialise(stem, into="temp", **values)


def _replace_changed(engine: Engine) -> None:
    engine.replace_keys(
        "history.order_line_timeline",
        "temp.int_order_line_timeline",
        keys=f"temp.{CHANGED}",
        on="order_line_id",
    )
    for sums in DAY_SUMS:
        engine.append(sums.outcomes, f"temp.{sums.deltas}")
    if engine.exists(JUDGED_LINES):
        engine.insert("int_buyers_changed", into=CHANGED_BUYERS)
