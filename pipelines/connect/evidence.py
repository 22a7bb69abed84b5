"""Reads off the sample of an export what completing a table needs: which columns are times, lists, amounts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from xuanpin.pipelines.connect.findings import Export, TableFinding
from xuanpin.pipelines.connect.recognition.dictionary import strengths
from xuanpin.pipelines.connect.recognition.lines import CHANCE, chance_of_alike
from xuanpin.pipelines.connect.recognition.values import kinds_of, tidy
from xuanpin.pipelines.connect.samples import values_of

_LATER = re.compile(
    "预计|预约|计划|承诺|最晚|最迟|截止|截至|要求|期望|有效期|过期|到期|保质|生日|出生|estimat|expect|promis|due|deadline|expir|"
    "birth|scheduled|planned|latest",
    re.IGNORECASE,
)
"""Words of times that may lie ahead, or long before: they do not say when a row was written."""
_NO_TIME = re.compile(r"[-0: /.]*|(?:0000|0001|1900|1970|9999).*|无|null|n/?a", re.IGNORECASE)
"""What stands for no time."""
_MOSTLY = 0.95
"""Share of values from which a column is of a kind; the rest are placeholders and slips."""
_LEVEL = re.compile("[一二三四]级(?:商品)?(?:类目|分类|品类|类别)(?:名称)?|(?:大|中|小)类(?:名称)?")
"""Headers of one level of a category."""
_FEWEST = 3
"""Rows that must agree before a pattern is believed."""
_BETWEEN_TITLES = "，,、；;\n"
"""What parts the titles of several goods in one cell."""
_LIST_MARKS = "、，；;/"
"""What parts the cells of lists beside the bar and JSON that every list column reads."""


def times_in(export: Export) -> list[str]:
    """Return the headers whose values are moments that have passed, such as a payment; days ahead are none."""
    return [header for header in export.headers if not _LATER.search(header) and _are_times(values_of(export, header))]


def _are_times(values: Sequence[str]) -> bool:
    given = [value for value in values if not _NO_TIME.fullmatch(value.strip())]
    return bool(given) and sum("time" in kinds_of(tidy(value)) for value in given) >= _MOSTLY * len(given)


def header_meaning(export: Export, table: str, column: str, least: float) -> str | None:
    """Return the header of an export that names a column of another `table` most strongly, from `least` on."""
    named = [(strengths(table, header).get(column, 0.0), -place) for place, header in enumerate(export.headers)]
    strength, place = max(named, default=(0.0, 0))
    return export.headers[-place] if strength >= least else None


def category_levels(export: Export) -> list[str]:
    """Return the headers of the levels of a category, from the top down; they are at least two where there are any."""
    levels = [header for header in export.headers if _LEVEL.fullmatch(header.strip())]
    return levels if len(levels) > 1 else []


def has_gaps(export: Export, header: str) -> bool:
    """Tell whether some rows of the sample have nothing under a `header`."""
    return len(values_of(export, header)) < len(export.rows)


def list_mark(export: Export, header: str) -> str | None:
    """Return the mark that parts the cells of lists under a `header`, where it is not one that is read anyway."""
    values = values_of(export, header)
    if any(value.startswith("[") or "|" in value for value in values):
        return None
    counts = {mark: sum(mark in value for value in values) for mark in (*_LIST_MARKS, ",")}
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] else None


def path_mark(export: Export, header: str) -> str | None:
    """Return the mark between the levels of categories under a `header`, where it is not the slash of ours."""
    values = values_of(export, header)
    for mark in (">", "＞", "»", "\\", "|", "->", "-", "_"):
        if values and sum(mark in value for value in values) > len(values) / 2 and not any("/" in v for v in values):
            return "->" if mark == "-" and all("->" in value for value in values if "-" in value) else mark
    return None


def is_unique(export: Export, headers: Iterable[str]) -> bool:
    """Tell whether no two rows of the sample have the same values under all these headers."""
    places = [export.headers.index(header) for header in headers]
    seen = [tuple(row[place] for place in places) for row in export.rows]
    return len(set(seen)) == len(seen)


def repeats_within(export: Export, key: str, amount: str, line: Sequence[str] = ()) -> bool:
    """Tell whether an amount is the same on all rows of a key of several: the total of the order, not of the line.

    Rows that are alike under all headers of `line` are one line, which was exported again.
    """
    spot, place = export.headers.index(key), export.headers.index(amount)
    groups: dict[str | None, list[str | None]] = {}
    lines = [export.headers.index(header) for header in line]
    newest = {(row[spot], *(row[at] for at in lines)): row for row in export.rows} if lines else {}
    for row in newest.values() if lines else export.rows:
        groups.setdefault(row[spot], []).append(row[place])
    several = [values for name, values in groups.items() if name is not None and len(values) > 1]
    first = [values[0] for values in groups.values()]
    if len(several) < _FEWEST or chance_of_alike(first) ** len(several) > CHANCE:
        return False
    return sum(len(set(values)) == 1 for values in several) >= _MOSTLY * len(several)


def share_within(export: Export, header: str, other: Export, theirs: str) -> bool:
    """Tell whether most values under a `header` are among those that another export (`other`) has under `theirs`."""
    known, values = set(values_of(other, theirs)), values_of(export, header)
    return bool(values) and 2 * sum(value in known for value in values) > len(values)


def standing_once(export: Export, key: str) -> tuple[str, ...]:
    """Return the headers that have a value only on the first row of each `key`, which itself stands there only.

    Amounts are none: one that stands once is the order's, not the line's. Nothing where the key is on every row.
    """
    place = export.headers.index(key)
    first = [row[place] is not None for row in export.rows]
    if not export.rows or all(first) or not any(first):
        return ()
    below = [row for row, is_first in zip(export.rows, first, strict=True) if not is_first and any(row)]
    if not any(sum(value is not None for value in row) > 1 for row in below):
        return ()
    empty = [spot for spot in range(len(export.headers)) if all(row[spot] is None for row in below)]
    return tuple(export.headers[spot] for spot in empty if not _are_numbers(values_of(export, export.headers[spot])))


def written_once(export: Export, key: str) -> tuple[str, ...]:
    """Return the headers that have a value only on the first row of each `key`, which itself is on every row.

    Nothing where fewer than three keys have several rows, or where the rows of a key are apart.
    """
    place = export.headers.index(key)
    keys = [row[place] for row in export.rows]
    below = [row for before, row in pairwise(export.rows) if row[place] is not None and row[place] == before[place]]
    if None in keys or len(below) < _FEWEST or len(set(keys)) + len(below) != len(keys):
        return ()
    empty = [spot for spot in range(len(export.headers)) if all(row[spot] is None for row in below)]
    return tuple(export.headers[spot] for spot in empty if any(row[spot] is not None for row in export.rows))


def _are_numbers(values: Sequence[str]) -> bool:
    return bool(values) and all(len(value) < 10 and number_of(value) is not None for value in values)


def goods_cell(finding: TableFinding) -> str | None:
    """Return the header whose cells hold all goods of an order with their quantities; None where there is none."""
    return next((found.header for found in finding.columns if found.holds == "goods"), None)


def titles_joined(export: Export, header: str) -> bool:
    """Tell whether cells under a `header` name several goods of an order, with nothing that says how many of each.

    Another column counts them on every row, or half of them stand alone in other rows; a mark within one title does
    neither.
    """
    return any(_joined_by(mark, export, header) for mark in _BETWEEN_TITLES)


def _joined_by(mark: str, export: Export, header: str) -> bool:
    place = export.headers.index(header)
    cells = [[part.strip() for part in (row[place] or "").split(mark)] for row in export.rows]
    named = [part for parts in cells if len(parts) > 1 for part in parts]
    if not named:
        return False
    alone = {parts[0] for parts in cells if len(parts) == 1}
    counts = [len(parts) for parts in cells]
    counted = any([number_of(cell) for cell in column] == counts for column in zip(*export.rows, strict=True))
    return counted or 2 * sum(part in alone for part in named) >= len(named)


def number_of(text: str | None) -> Decimal | None:
    """Return the number that a text is, without currency and thousands; None for any other."""
    try:
        return Decimal(re.sub(r"[¥￥,元\s]", "", text or ""))
    except InvalidOperation:
        return None
