"""SQL on what the workers of a cluster made of files: checked rows, and a row of facts for each file."""

from __future__ import annotations

from collections.abc import Sequence

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine.names import column_list, quoted, quoted_table
from xuanpin.pipelines.ingest.statements.scratch import CLEAN, key_text

_SHOWN = 3
_MADE = quoted_table(CLEAN)


def facts() -> str:
    """Write the select of the facts of all files."""
    return f"select facts from {_MADE} where facts is not null"


def broken_rows(columns: Sequence[str]) -> str:
    """Write the select of these columns of the rows that break rules."""
    return f"select {column_list(columns)} from {_MADE} where facts is null and array_length(rules) > 0"


def clean_counts() -> str:
    """Write how many clean rows each drop has."""
    return f"""
        select drop_path, cast(count(*) as bigint) as rows
        from {_MADE}
        where facts is null and array_length(rules) = 0
        group by drop_path
    """


def key_repeats(contract: Contract) -> str:
    """Write how many rows there are, and how many keys."""
    key = column_list(contract.key)
    return f"""
        select cast(coalesce(sum(rows), 0) as bigint) as row_count, cast(count(*) as bigint) as keys
        from (select {key}, count(*) as rows from {_MADE} where facts is null group by {key}) as k
    """


def _shared_keys(contract: Contract, fixed: Sequence[str]) -> str:
    """Write the keys that rows with other values of the `fixed` columns have too, each with its rows and a file."""
    differ = " or ".join(f"min({quoted(name)}) <> max({quoted(name)})" for name in fixed)
    return f"""
        select {key_text(contract)} as shared_key, cast(count(*) as bigint) as rows, min(drop_path) as drop_path
        from {_MADE}
        where facts is null
        group by {column_list(contract.key)}
        having {differ}
    """


def count_shared(contract: Contract, fixed: Sequence[str]) -> str:
    """Write how many rows have a key that rows with other values of the `fixed` columns have too, how many such keys
    there are, and a file of theirs."""
    return f"""
        select
            cast(coalesce(sum(rows), 0) as bigint) as row_count, cast(count(*) as bigint) as keys,
            min(drop_path) as drop_path
        from ({_shared_keys(contract, fixed)}) as s
    """


def first_shared(contract: Contract, fixed: Sequence[str]) -> str:
    """Write the first three of the keys that `count_shared` counts by the `fixed` columns."""
    return f"select shared_key from ({_shared_keys(contract, fixed)}) as s order by shared_key limit {_SHOWN}"
