"""SQL of views that the program writes for a deployment, to be read and changed by people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xuanpin.pipelines.engine.names import quoted

_ENTRY = "goods_entry"
GOODS, UNITS = f"{_ENTRY}.goods", f"{_ENTRY}.quantity"
"""What one of the goods in a cell is, and how many of it, in the expressions of a view that parts them."""


def view_over_drop(
    made: Mapping[str, str],
    *,
    without: Sequence[str] = (),
    goods: str = "",
    condition: str = "",
    notes: Sequence[str] = (),
) -> str:
    """Write a view that has all columns of the drop but `without`, and beside them those `made`: name → expression.

    `goods` is the expression of a cell of several goods: each becomes a row, whose expressions read GOODS and UNITS; a
    cell that cannot be read becomes one row without them. `condition` is a WHERE or QUALIFY clause,
    empty for all rows; `notes` are lines of comment above.
    """
    without = [*without, *([_ENTRY] if goods else [])]
    star = f"* exclude ({', '.join(map(quoted, without))})" if without else "*"
    columns = [f"    {star}", *(f"    {sql} as {quoted(name)}" for name, sql in made.items())]
    lines = [*(f"-- {note}" for note in notes), "select", ",\n".join(columns), _source(goods), condition]
    return "\n".join(line for line in lines if line) + "\n"


def _source(goods: str) -> str:
    if not goods:
        return 'from "drop"'
    return f'from (select *, unnest(coalesce(read_goods({goods}), [null])) as {_ENTRY} from "drop")'
