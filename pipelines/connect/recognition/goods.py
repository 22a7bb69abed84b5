"""Finds the column in which an export writes all goods of an order into one cell, as 连衣裙(红 M)x2；短袖*1."""

from __future__ import annotations

import re

from xuanpin.pipelines.connect.recognition.dictionary import tables_naming
from xuanpin.pipelines.connect.recognition.sample import Sample

_COUNTED = re.compile(
    r"[x×*]\s*(\d+)\s*(?=$|[;；,，+|、\n\])）】])|[（(]\s*(\d+)\s*(?:件|份|个)?\s*[)）]\s*(?=$|[;；,，+|、\n])"
)
_MOST = 0.8
"""Share of filled cells that must count their goods; titles such as 纸巾 3包x2 are fewer."""


def goods_at(sample: Sample, quantity_at: int | None) -> int | None:
    """Return the number of the column whose cells hold goods with their counts, else None.

    Where the column number `quantity_at` gives units, the counts of a cell must sum up to them; without it, some cell
    must hold several goods.
    """
    for at, profile in enumerate(sample.profiles):
        if profile.share("goods") >= _MOST and _holds_goods(sample, at, quantity_at):
            return at
    return None


def _holds_goods(sample: Sample, at: int, quantity_at: int | None) -> bool:
    counted = [[int(one or other) for one, other in _COUNTED.findall(cell)] for cell in sample.cells(at) if cell]
    if quantity_at is None or quantity_at == at:
        return any(len(counts) > 1 for counts in counted) or bool(tables_naming(sample.headers[at]))
    units = [unit for unit, cell in zip(sample.numbers(quantity_at), sample.cells(at), strict=True) if cell]
    agreeing = sum(1 for counts, unit in zip(counted, units, strict=True) if counts and sum(counts) == unit)
    return agreeing >= _MOST * max(len(counted), 1)
