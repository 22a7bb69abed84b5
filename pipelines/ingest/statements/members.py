"""Examples of views that take what a nested value holds, for the message to the sender."""

from __future__ import annotations


def member_rows(column: str, member: str) -> str:
    """Write a view with a row for each object of the list in `column`, and its `member` as a column."""
    return (
        f"select d.*, one ->> '$.{member}' as {member} from \"drop\" as d, "
        f'unnest(cast(d."{column}" as json[])) as t(one)'
    )


def member_column(column: str, path: str) -> str:
    """Write a view that takes what stands at a `path` within `column`, as a column of its last name."""
    return f'select d.*, d."{column}" ->> \'$.{path}\' as {path.rpartition(".")[2]} from "drop" as d'
