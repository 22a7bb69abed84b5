"""Gives rows of JSON the columns that settings name within an object of theirs: `buyer.id` of {"buyer": {"id": …}}.

One level is read so. An object or a list below it, and a list of objects such as the lines of an order, stay JSON
text in their column, for a view to take apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xuanpin.pipelines.ingest.drops import Drop, refused
from xuanpin.pipelines.ingest.formats.header import Wanted
from xuanpin.pipelines.ingest.formats.records import Fault
from xuanpin.pipelines.ingest.statements.members import member_column, member_rows
from xuanpin.pipelines.typed.phrase import phrase

Members = Mapping[str, frozenset[str]]
"""Names of objects → what is wanted of each, in lower case."""


def wanted_members(wanted: Wanted) -> Members:
    """Return which members of which objects are `wanted`: headers with a point within them."""
    names = wanted.known.union(*wanted.required)
    pairs = [name.partition(".") for name in names if "." in name.strip(".")]
    return {parent: frozenset(member for one, _, member in pairs if one == parent) for parent, _, _ in pairs}


def with_members(
    drop: Drop, wanted: Wanted, rows: Iterable[tuple[int, dict[str, Any] | Fault]]
) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    """Yield the rows with a column for each member that is `wanted`, beside the objects themselves.

    Raises InputRefused where a wanted member stands in a list of objects, or more than one level deep.
    """
    members = wanted_members(wanted)
    for line, row in rows:
        yield line, dict(_members(drop, members, row)) | row if isinstance(row, dict) else row


def _members(drop: Drop, members: Members, row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        meant = members.get(name.lower(), frozenset()) if isinstance(value, dict | list) else frozenset()
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", one) for key, one in value.items() if key.lower() in meant)
            keys = {key.lower() for key in value}
            deep = [one for one in meant if one not in keys and one.partition(".")[0] in keys and "." in one]
            _refuse_deeper(drop, name, deep)
        elif meant and any(isinstance(one, dict) for one in value):
            raise refused(
                drop,
                phrase("has a list of objects in {name}, and one row can hold but one of each", name=name),
                phrase(
                    "make a row of each in a view: {view}",
                    view=member_rows(name, min(meant)),
                ),
            )


def _refuse_deeper(drop: Drop, name: str, deep: list[str]) -> None:
    if deep:
        raise refused(
            drop,
            phrase("has {member} more than one level below {name}", member=min(deep), name=name),
            phrase(
                "take it in a view: {view}",
                view=member_column(name, min(deep)),
            ),
        )
