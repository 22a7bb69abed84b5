"""Says what became of a replay: which tables are equal, and which input differs where some are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from xuanpin.pipelines.comparing.words import origin_line, setting_line
from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.replaying.replay import Replay
from xuanpin.pipelines.run_store import CurrentRun
from xuanpin.pipelines.run_store.sealing import RUN_DIR_DIGITS
from xuanpin.pipelines.typed.phrase import Phrase, in_language, listed, phrase


def replay_facts(found: Replay) -> dict[str, Any]:
    """Return what was `found`, with every hash, for programs."""
    tables = [asdict(table) | {"is_equal": table.is_equal} for table in found.tables]
    return asdict(found) | {"is_equal": found.is_equal, "tables": tables}


def replay_text(found: Replay, language: Language) -> str:
    """Return what was `found`, one line a thing, in `language`."""
    return "\n".join(_lines(found, language))


def _lines(found: Replay, language: Language) -> Iterator[str]:
    if found.run != found.asked:
        yield in_language(
            phrase(
                "{asked} was made from the list of a night; that night, {run}, was replayed",
                asked=_named(found.asked),
                run=_named(found.run),
            ),
            language,
        )
    yield in_language(_head(found), language)
    for table in found.tables:
        if not table.is_equal:
            before, after = f"{table.rows_published or 0:,}", f"{table.rows_replayed:,}"
            yield "  " + in_language(
                phrase("{table}: {before} → {after} rows", table=table.table, before=before, after=after), language
            )
    causes = list(_causes(found, language))
    if causes:
        yield in_language(phrase("Inputs that differ, then → now:"), language)
        yield from causes
    elif not found.is_equal:
        yield in_language(_unknown_cause(found), language)


def _named(run: CurrentRun) -> Phrase:
    return phrase("list date {list_date}, run {run}", list_date=run.list_date, run=run.run_id[:RUN_DIR_DIGITS])


def _head(found: Replay) -> Phrase:
    run, count = _named(found.run), len(found.tables)
    if found.is_equal:
        return phrase("{run}: all {count} tables have the bytes that were published", run=run, count=count)
    differing = sum(not table.is_equal for table in found.tables)
    return phrase(
        "{run}: {differing} of {count} tables differ from what was published",
        run=run,
        differing=differing,
        count=count,
    )


def _causes(found: Replay, language: Language) -> Iterator[str]:
    for difference in found.settings:
        yield setting_line(difference, language)
    for difference in found.origins:
        yield origin_line(difference, language)
    for difference in found.missing:
        before, after = (listed(value) if value else "–" for value in (difference.before, difference.after))
        yield "  " + in_language(phrase("missing sources: {before} → {after}", before=before, after=after), language)
    for difference in found.lists:
        before, after = (str(value or "–")[:RUN_DIR_DIGITS] for value in (difference.before, difference.after))
        yield "  " + in_language(
            phrase("list of {day}, no longer kept: {before} → {after}", day=difference.key, before=before, after=after),
            language,
        )


def _unknown_cause(found: Replay) -> Phrase:
    if not found.is_same_run:
        return phrase("Source rows of the past have other values than then, though there are as many of them")
    return phrase(
        "Every input has the fingerprint that it had: rows that `xuanpin tidy` or `xuanpin forget` has deleted since, "
        "or libraries of other versions, are what is left"
    )
