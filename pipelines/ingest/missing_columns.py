"""Says which columns a drop lacks, without repeating what may be data: a file without a header begins with a row."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.drops import Drop, refused
from xuanpin.pipelines.ingest.known_headers import known_columns
from xuanpin.pipelines.ingest.mapping import Translation
from xuanpin.pipelines.typed.bilingual import Bilingual
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, joined, phrase

_LONGEST_NAME = 40
_NUMBER = re.compile(r"\d{5,}")
_LETTER = re.compile(r"[^\W\d_]")


def refuse_columns(translation: Translation, drops: Sequence[Drop], headers: Sequence[str]) -> None:
    """Raise InputRefused where the drops, which have these headers, lack required columns."""
    missing = translation.missing()
    if missing:
        raise _refusal(translation, drops, headers, missing)


def _refusal(
    translation: Translation, drops: Sequence[Drop], headers: Sequence[str], missing: tuple[str, ...]
) -> InputRefused:
    mapping = translation.mapping
    table = mapping.contract.name
    raw = [joined(mapping.raw_names(name), " or ") for name in missing]
    others = phrase(" (and {files:,} more files like it)", files=len(drops) - 1) if len(drops) > 1 else NOTHING
    section = f"[sources.tables.{table}]"
    if mapping.view is not None:
        return refused(
            drops[0],
            phrase(
                "has no column {columns} after view {view}{others}",
                columns=joined(raw),
                view=mapping.view_name,
                others=others,
            ),
            phrase("select the column in the view of {section}", section=section),
        )
    return refused(
        drops[0],
        phrase(
            "has no column {columns} (it has {found}){others}",
            columns=joined(raw),
            found=_described(translation, headers, missing),
            others=others,
        ),
        phrase(
            "send the column, or map it: {section} columns = {{ {example} }}",
            section=section,
            example=example(translation, missing),
        ),
    )


def _described(translation: Translation, headers: Sequence[str], missing: tuple[str, ...]) -> Phrase:
    """Name the contract's columns that are there; others only where nearly all of those are."""
    found = [column.name for column in translation.mapping.contract.columns if column.name in translation.found]
    unread = translation.ignored
    if not found:
        count = len(headers)
        if known := known_columns(translation.mapping.contract.name, missing, unread):
            return phrase(
                "{count} columns, {known} of them under a name that is known for one of ours",
                count=count,
                known=len(known),
            )
        return phrase(
            "{count} columns, none of which {table} has; is the header there?",
            count=count,
            table=translation.mapping.contract.name,
        )
    if unread and is_nearly_whole(translation, missing):
        return phrase(
            "{columns}; and, read by nothing, {others}",
            columns=joined(found),
            others=joined(plausible(unread)) or len(unread),
        )
    named = joined(found)
    return phrase("{columns}; and {count} others", columns=named, count=len(unread)) if unread else named


def is_nearly_whole(translation: Translation, missing: Sequence[str]) -> bool:
    """Tell whether at most a third of the required columns are `missing`, so that the first line must be a header."""
    required = [column for column in translation.mapping.contract.columns if column.required]
    return 3 * len(missing) <= max(3, len(required))


def plausible(headers: Sequence[str]) -> list[str]:
    """Return those headers that can be names of columns: short, with a letter, without a long number."""
    short = [name for name in headers if len(name) <= _LONGEST_NAME and name.isprintable()]
    return [name for name in short if _LETTER.search(name) and not _NUMBER.search(name)]


def example(translation: Translation, missing: Sequence[str]) -> str:
    """Write the setting that maps the `missing` columns: all whose header is known, else one with a similar header."""
    names = translation.mapping.contract.column_names
    lacking = [*missing, *(name for name in names if name not in {*missing, *translation.found})]
    table = translation.mapping.contract.name
    if known_columns(table, missing, translation.ignored):
        known = known_columns(table, lacking, translation.ignored)
        return ", ".join(f'"{header}" = "{name}"' for header, name in known.items())
    for name in missing:
        if is_nearly_whole(translation, missing) and (header := nearest_header(name, translation.ignored)):
            return f'"{header}" = "{name}"'
    return Bilingual(f'"its header" = "{missing[0]}"', f'"它的表头" = "{missing[0]}"')


def suggestions(translation: Translation) -> dict[str, str]:
    """Return for headers that nothing reads the optional columns which they may be meant for."""
    contract = translation.mapping.contract
    lacking = [name for name in contract.column_names if name not in translation.found]
    known = known_columns(contract.name, lacking, translation.ignored)
    rest = [header for header in translation.ignored if header not in known]
    near = {name: header for name in lacking if (header := nearest_header(name, rest))}
    return known | {header: name for name, header in near.items()}


def nearest_header(name: str, headers: Sequence[str]) -> str | None:
    """Return the plausible one of the `headers` that is most like a column's name, or None."""
    folded = {header.lower().replace(" ", "_"): header for header in plausible(headers)}
    close = difflib.get_close_matches(name, folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None
