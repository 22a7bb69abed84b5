"""Says what `check` found in a folder of drops: a line for each table, with its details below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.ingest.checking import TableFindings
from xuanpin.pipelines.ingest.formats.chats.kinds import LEFT_OUT
from xuanpin.pipelines.ingest.notes import examples
from xuanpin.pipelines.reporting.broken_rules import broken_rule
from xuanpin.pipelines.typed.bilingual import Bilingual
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, joined, phrase

NOT_READ = {
    "repeated headers": phrase("repeated headers"),
    "rows of sums": phrase("rows of sums"),
    "notes below tables": phrase("notes below tables"),
    "sheets": phrase("sheets"),
    **{str(what): what for what in LEFT_OUT.values()},
}
"""What notes call the rows, messages and sheets that are no data."""


def check_text(found: list[TableFindings]) -> Phrase:
    """Write the findings (`found`) for people."""
    lines = [
        line
        for entry in found
        for line in (_headline(entry), *(joined(("  ", detail), "") for detail in _details(entry)))
    ]
    wrong = sum(len(entry.refusals) for entry in found)
    end = (
        phrase("A night would refuse this folder; faults: {wrong}", wrong=wrong)
        if wrong
        else phrase("A night would accept this folder")
    )
    return joined([*lines, end], "\n")


def _headline(entry: TableFindings) -> Phrase:
    return phrase(
        "{table}: {files:,} files, {rows:,} rows, {admitted:,} of them admitted",
        table=Bilingual(entry.table, f"{load_contract(entry.table).name_zh} {entry.table}"),
        files=entry.files,
        rows=entry.rows,
        admitted=entry.admitted,
    )


def _details(entry: TableFindings) -> list[Phrase]:
    return [
        *(phrase("REFUSED {refusal}", refusal=refusal) for refusal in entry.refusals),
        *([entry.price] if entry.price else []),
        *map(_broken, entry.broken),
        *_waiting(entry),
        *(sentence for sentences in entry.warned.values() for sentence in sentences),
        *_passed_over(entry),
        *_columns(entry),
    ]


def _waiting(entry: TableFindings) -> list[Phrase]:
    if not entry.waiting:
        return []
    causes = joined(entry.waiting["causes"], "; ")
    return [phrase("{waiting} rows refer to unknown ids: {causes}", waiting=entry.waiting["waiting"], causes=causes)]


def _passed_over(entry: TableFindings) -> list[Phrase]:
    """The lines on rows and files that say nothing new."""
    details = []
    if entry.repeated:
        details.append(
            phrase("{rows:,} rows repeated: the same row came before, and once is enough", rows=entry.repeated)
        )
    for names, is_drop in ((entry.passed_over, False), (entry.unfinished, True)):
        if names:
            details.append(
                phrase(
                    "{count} files are still being written: {names}"
                    if is_drop
                    else "{count} files are not drops and skipped: {names}",
                    count=len(names),
                    names=examples(names),
                )
            )
    told = sorted(entry.told.items())
    return details + [phrase("skipped: {what} ({count})", count=count, what=NOT_READ[what]) for what, count in told]


def _columns(entry: TableFindings) -> list[Phrase]:
    """The lines on columns that nothing reads, and on what they may be meant for."""
    ignored = [phrase("columns that nothing reads: {names}", names=joined(entry.ignored))] if entry.ignored else []
    return ignored + [
        phrase(
            'did you mean {column}? Map it: [sources.tables.{table}] columns = {{ "{header}" = "{column}" }}',
            column=column,
            table=entry.table,
            header=header,
        )
        for header, column in entry.suggested.items()
    ]


def _broken(rule: Mapping[str, Any]) -> Phrase:
    told = phrase(
        "{rows:,} rows break {rule}: first in {path}, {places}{ids}",
        rows=rule["rows"],
        rule=_rule_name(rule["rule"]),
        path=rule["first_path"],
        places=_places(rule["places"]),
        ids=phrase("; ids {names}", names=joined(rule["ids"])) if rule["ids"] else NOTHING,
    )
    return phrase("{told}; {right}", told=told, right=rule["right"]) if rule["right"] else told


def _rule_name(rule: str) -> Bilingual:
    """The rule by its name, which already says in English what is wrong; in Chinese what is wrong beside it."""
    said = broken_rule(rule, "zh")
    return Bilingual(rule, rule if said == rule else f"{rule}（{said}）")


def _places(places: list[int]) -> Phrase:
    if not places:
        return phrase("row unknown")
    numbers = joined([str(place) for place in places])
    return phrase("row {numbers}" if len(places) == 1 else "rows {numbers}", numbers=numbers)
