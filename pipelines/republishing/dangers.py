"""Tells people which SKUs a run holds because customers reported danger."""

from __future__ import annotations

from datetime import date

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.typed.phrase import Phrase, listed, phrase

METRIC = "danger"
"""Metric of the alarm on a SKU that is held."""


def held_skus(home: Home, run: run_store.CurrentRun) -> list[str]:
    """Return the SKUs that `run` holds for danger, in order of id."""
    held = run_store.read_table(home, run, "alarms", ["entity_id"], metric=METRIC, level="sku")
    return sorted(held["entity_id"].to_pylist())


def held_sentence(skus: list[str]) -> Phrase:
    """Return one line on the SKUs that are held, and what to do about them."""
    return phrase(
        "Held for danger: {count:,} SKUs ({skus}); read the report, then ban or recall what is dangerous, or run "
        "`xuanpin clear-danger`, which takes two people",
        count=len(skus),
        skus=listed(skus),
    )


def danger_notice(home: Home, list_date: date) -> tuple[Phrase, Phrase] | None:
    """Return subject and text of the notice for the list of `list_date`, None where nothing is held.

    What customers wrote stays in the report.
    """
    run = run_store.pending_run(home, list_date) or run_store.current_run(home, list_date)
    held = [] if run is None else held_skus(home, run)
    if run is None or not held:
        return None
    earlier = run_store.earlier_run(home, list_date)
    before = set() if earlier is None else set(held_skus(home, earlier))
    fresh = [sku for sku in held if sku not in before]
    subject = phrase(
        "Xuanpin: customers report danger, {count:,} SKUs held off the list for {list_date}",
        count=len(held),
        list_date=run.list_date,
    )
    text = phrase(
        "{held}. New: {fresh}. Report: {report}",
        held=held_sentence(held),
        fresh=listed(fresh) if fresh else phrase("none"),
        report=run_store.run_folder(home, run) / "report.html",
    )
    return subject, text
