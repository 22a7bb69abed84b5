"""SQL that looks at all times of a column which could not be read, to find the layout that they prove."""

from __future__ import annotations

from collections.abc import Mapping

from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine.names import literal, quoted, quoted_table
from xuanpin.pipelines.ingest.statements.plausible import is_no_time

_PARTS = r"^(\d{1,2})([/.-])(\d{1,2})([/.-])(\d{4}|\d{2})(\D.*)?$"
_SERIAL = r"[345]\d{4}([.]\d+)?"
"""Days since 1899-12-30 of the years 1982 to 2064."""
_CLOCKS: Mapping[str, str] = {
    r" \d{1,2}:\d{2}": " %H:%M",
    r" \d{1,2}:\d{2}:\d{2}": " %H:%M:%S",
    r" \d{1,2}:\d{2} ?[AaPp][Mm]": " %I:%M %p",
    r" \d{1,2}:\d{2}:\d{2} ?[AaPp][Mm]": " %I:%M:%S %p",
}
"""How a time of day may follow, with its layout."""


def unread_times(column: Column, table: str) -> str:
    """Write what the unread times of a column of the drop $path have in common, in the temporary `table` of new rows.

    Of all `row_count` of them, `serials` may be day numbers and `parted` have three parts with one `mark` between;
    `most_first` and `most_second` are the greatest of the first two, `year_digits` those of the third, and `clocks` the
    layouts of what follows.
    """
    raw = f"trim(raw.{quoted(column.name)})"
    clocks = " ".join(
        f"when regexp_full_match(parts.rest, {literal(pattern)}) then {literal(layout)}"
        for pattern, layout in _CLOCKS.items()
    )
    names = "['first', 'mark', 'second', 'mark_again', 'year', 'rest']"
    return f"""
        with unread as (
            select {raw} as value, regexp_extract({raw}, {literal(_PARTS)}, {names}) as parts
            from {quoted_table(table)}
            where drop_path = $path and {raw} <> '' and not {is_no_time(raw)}
        )
        select
            count(*) as row_count,
            count(*) filter (where regexp_full_match(value, {literal(_SERIAL)})) as serials,
            count(*) filter (where parts.mark <> '' and parts.mark = parts.mark_again) as parted,
            case when min(parts.mark) = max(parts.mark) then min(parts.mark) else '?' end as mark,
            max(try_cast(parts.first as integer)) as most_first,
            max(try_cast(parts.second as integer)) as most_second,
            case when min(length(parts.year)) = max(length(parts.year)) then min(length(parts.year)) end as year_digits,
            list_sort(list_distinct(list(case when parts.rest = '' then '' {clocks} else '?' end))) as clocks
        from unread
    """
