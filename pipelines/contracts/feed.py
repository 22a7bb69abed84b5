"""The contracts of the change feed: what a row tells of a change, and the published table's own columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from xuanpin.pipelines.contracts import STAMP, Contract, documents, load_contract, parse_contract, statements
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine.names import literal, quoted

FEED = "xuanpin.data_contracts.feed"
FOLLOWED = ("sku_list", "agent_matches", "agent_alternates")
"""Published tables whose changes are told row by row."""
NAMES = "changed_columns"


@cache
def feed_contract(table: str) -> Contract:
    """Return the contract of the changes of a published `table`, whose columns beside the key may be empty."""
    feed = parse_contract(documents.read_document(FEED, "feed"), "published", documents.shared_columns())
    own = load_contract(table)
    key, values = keys_and_values(own)
    stamps = [column for column in feed.columns if column.name != NAMES]
    return replace(
        feed,
        name=f"changes of {table}",
        name_zh=f"{own.name_zh}{feed.name_zh}",
        columns=(*stamps, *key, feed.column(NAMES), *(replace(column, required=False) for column in values)),
        key=(*feed.key, *(column.name for column in key)),
    )


def keys_and_values(table: Contract) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    """Return the columns of a published table that name a row within its run, and the others but the stamps."""
    own = table.unstamped()
    return (
        tuple(column for column in own.columns if column.name in own.key),
        tuple(column for column in own.columns if column.name not in (*own.key, *STAMP)),
    )


def changed_rows(table: Contract, before: str, after: str, stamps: Mapping[str, str | int | None]) -> str:
    """Write the select of the rows of a published `table` that came, went or changed, in the order of their keys.

    `before` and `after` are selects of the table's columns in the two runs; `stamps` are the values of the columns that
    are the same in all rows. What publishing adds, the dates and the run id, is no change.
    """
    key, values = keys_and_values(table)
    first = f"%s.{quoted(key[0].name)} is null"
    came, went = first % "b", first % "a"
    differs = {column.name: f"a.{quoted(column.name)} is distinct from b.{quoted(column.name)}" for column in values}
    names = ", ".join(f"case when {one} then {literal(name)} end" for name, one in differs.items())
    told = {
        "change": f"case when {came} then 'came' when {went} then 'went' else 'changed' end",
        **{name: _value(value) for name, value in stamps.items()},
        **{column.name: f"coalesce(a.{quoted(column.name)}, b.{quoted(column.name)})" for column in key},
        NAMES: f"case when {came} or {went} then [] else list_filter([{names}], lambda name: name is not null) end",
        **{column.name: f"a.{quoted(column.name)}" for column in values},
    }
    casts = {
        column.name: f"cast({told[column.name]} as {column.inside_type})"
        for column in feed_contract(table.name).columns
    }
    names_of_key = [column.name for column in key]
    return statements.changed_rows(casts, before=before, after=after, key=names_of_key, differs=differs.values())


def _value(value: str | int | None) -> str:
    if value is None:
        return "null"
    return literal(value) if isinstance(value, str) else str(value)
