"""Changes rows of tables in the lake: the parts that hold such rows are written anew, the others stay as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xuanpin.pipelines.engine.cluster.lake import NOTHING, WHOLE, Lake, Piece
from xuanpin.pipelines.engine.cluster.places import PARTED, Places
from xuanpin.pipelines.engine.cluster.views import Views
from xuanpin.pipelines.engine.names import equals, quoted, quoted_table

if TYPE_CHECKING:  # most platforms have no cluster
    from pyspark.sql import DataFrame

TOUCHED = "temp.touched_rows"
"""The rows of the parts that are written anew."""
MOST_PIECES = 8
"""Pieces of a part beyond which it is written as one: a reader opens every file of them."""


class Changes:
    """Adds, deletes and changes rows of tables of the lake."""

    def __init__(self, lake: Lake, places: Places, views: Views) -> None:
        self._lake = lake
        self._places = places
        self._views = views

    def add(self, table: str, rows: DataFrame, counts: Mapping[str, int] | None = None) -> int:
        """Add the rows of a frame that has the columns of the table, and `counts` by part, if they are known; return
        how many."""
        new = self._lake.write(table, rows, PARTED.get(table), counts)
        self._places.add(table, new)
        self._compact(table)
        self._views.forget(table)
        return sum(piece.rows for piece in new)

    def delete_where(self, table: str, where: Mapping[str, Any]) -> int:
        """Delete the rows of a `table` whose columns equal `where`; return how many."""
        meant = equals(where)
        return self._delete(table, meant, f"not coalesce({meant}, false)", where)

    def delete_keys(self, table: str, keys: str, on: Sequence[str]) -> int:
        """Delete the rows whose columns `on` occur together in the table `keys`; return how many."""
        same = " and ".join(f"k.{quoted(column)} = t.{quoted(column)}" for column in on)
        meant = f"exists (select 1 from {quoted_table(keys)} as k where {same})"
        return self._delete(table, meant, f"not {meant}", {})

    def replace_value(self, table: str, column: str, *, old: Any, new: Any) -> int:
        """Write `new` where a column of a `table` holds `old`; return in how many rows."""
        own = f"t.{quoted(column)}"
        return self._change(table, column, "", f"{own} = $old", "$new", {"old": old, "new": new})

    def replace_values(self, table: str, column: str, values: str, where: Mapping[str, Any]) -> int:
        """Write `new` where a column holds `old`, by the rows of the table `values`, in the rows whose columns equal
        `where`; return in how many."""
        join = f"left join {quoted_table(values)} as v on v.old = t.{quoted(column)}"
        meant = " and ".join(["v.old is not null", *(f"t.{quoted(name)} = ${name}" for name in where)])
        return self._change(table, column, join, meant, "v.new", where)

    def overwrite(self, table: str, column: str, *, new: Any, keys: str, on: str) -> int:
        """Write `new` wherever a column holds something else, in the rows whose column `on` occurs in the table `keys`;
        return in how many."""
        own, key = f"t.{quoted(column)}", quoted(on)
        join = f"left join (select distinct {key} as key_value from {quoted_table(keys)}) as k on k.key_value = t.{key}"
        meant = f"k.key_value is not null and {own} is not null and {own} is distinct from $new"
        return self._change(table, column, join, meant, "$new", {"new": new})

    def _change(self, table: str, column: str, join: str, meant: str, new: str, values: Mapping[str, Any]) -> int:
        count = f"select count(*) as n from {quoted_table(table)} as t {join} where {meant}"
        changed = int(self._views.over(count, values).toArrow()["n"][0].as_py())
        if changed:
            own = {name: f"t.{quoted(name)}" for name in self._views.columns(table).names}
            own[column] = f"case when {meant} then {new} else {own[column]} end"
            listed = ", ".join(f"{value} as {quoted(name)}" for name, value in own.items())
            select = f"select {listed} from {quoted_table(TOUCHED)} as t {join}"
            self._rewrite(table, f"{join} where {meant}", select, values)
        return changed

    def _delete(self, table: str, meant: str, spared: str, parameters: Mapping[str, Any]) -> int:
        kept = f"select t.* from {quoted_table(TOUCHED)} as t where {spared}"
        return self._rewrite(table, f"where {meant}", kept, parameters)

    def _rewrite(self, table: str, meant: str, select: str, parameters: Mapping[str, Any]) -> int:
        """Write the parts with rows that are `meant` (a join and a condition) anew, as `select` makes them of TOUCHED;
        return the rows lost."""
        parts = self._parts(table, meant, parameters)
        touched = [piece for piece in self._places.of(table) if piece.part in parts]
        if not touched:
            return 0
        self._views.show(TOUCHED, self._views.pieces(table, touched))
        new = self._lake.write(table, self._views.over(select, parameters), PARTED.get(table))
        self._exchange(table, touched, new)
        return sum(piece.rows for piece in touched) - sum(piece.rows for piece in new)

    def _parts(self, table: str, meant: str, parameters: Mapping[str, Any]) -> set[str]:
        by = PARTED.get(table)
        if by is None:
            return {WHOLE}
        found = f"select distinct t.{quoted(by)} as value from {quoted_table(table)} as t {meant}"
        values = self._views.over(found, parameters).toArrow()["value"].to_pylist()
        return {NOTHING if value is None else str(value) for value in values}

    def _compact(self, table: str) -> None:
        pieces = self._places.of(table)
        crowded = {part for part, count in Counter(piece.part for piece in pieces).items() if count > MOST_PIECES}
        if crowded:
            many = [piece for piece in pieces if piece.part in crowded]
            counts = Counter[str]()
            for piece in many:
                counts[piece.part] += piece.rows
            new = self._lake.write(table, self._views.pieces(table, many), PARTED.get(table), counts)
            self._exchange(table, many, new)

    def _exchange(self, table: str, old: Sequence[Piece], new: Sequence[Piece]) -> None:
        self._places.replace(table, [*(piece for piece in self._places.of(table) if piece not in old), *new])
        self._views.forget(table)
