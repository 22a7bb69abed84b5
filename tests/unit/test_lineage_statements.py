"""What the columns of a SELECT are made of, as a table of statements."""

import pytest
import sqlglot
from sqlglot import exp

from tools.lineage.statements import Lineage, resolve

SCHEMA = {
    "night.a": {"id": "VARCHAR", "x": "BIGINT", "y": "BIGINT", "tags": "VARCHAR[]"},
    "night.b": {"id": "VARCHAR", "z": "BIGINT"},
}


def resolved(sql: str) -> Lineage:
    statement = sqlglot.parse_one(sql, read="duckdb")
    assert isinstance(statement, exp.Query)
    return resolve(statement, SCHEMA)


def written(sql: str) -> dict[str, str]:
    """Each column with its kind and origins, as `kind a.x b.z`."""
    columns = resolved(sql).columns.items()
    return {
        name: " ".join([made.kind, *sorted(f"{table[6:]}.{column}" for table, column in made.origins)])
        for name, made in columns
    }


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select x from night.a", {"x": "identity a.x"}),
        ("select (x) as y from night.a", {"y": "identity a.x"}),
        (
            "select x + y as s, 1 as one, $day as day from night.a",
            {"s": "computed a.x a.y", "one": "identity", "day": "identity"},
        ),
        ("select id, sum(x) as s from night.a group by id", {"id": "identity a.id", "s": "aggregated a.x"}),
        ("select count(*) as n from night.a where y > 0", {"n": "aggregated a.y"}),
        ("select sum(w) as n from (select 1 as w from night.a where y > 0) as k", {"n": "aggregated a.y"}),
        ("with k as (select id, x from night.a) select k.* from k", {"id": "identity a.id", "x": "identity a.x"}),
        ("with k as (select x * 2 as d from night.a) select d from k", {"d": "computed a.x"}),
        ("select x from night.a union all select z from night.b", {"x": "identity a.x b.z"}),
        (
            "select case when a.x > 0 then b.z end as c from night.a as a join night.b as b on a.id = b.id",
            {"c": "computed a.x b.z"},
        ),
        (
            "select x, (select max(b.z) from night.b as b where b.id = a.id) as m from night.a as a",
            {"x": "identity a.x", "m": "aggregated b.z"},
        ),
        ("select u.tag from night.a as a cross join unnest(a.tags) as u (tag)", {"tag": "computed a.tags"}),
        ("select row_number() over (partition by id order by y) as n from night.a", {"n": "aggregated a.id a.y"}),
        (
            "with k as (select struct_pack(p := x, q := y) as r from night.a) select k.r.q as q from k",
            {"q": "identity a.y"},
        ),
        (
            "with k as (select struct_pack(p := x) as r from night.a), l as (select r from k) select l.r.p as p from l",
            {"p": "identity a.x"},
        ),
    ],
)
def test_a_column_is_made_of(sql: str, expected: dict[str, str]) -> None:
    assert written(sql) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select x from night.a", ""),
        ("select x from night.a where y > 0", "a.y"),
        ("select a.x from night.a as a join night.b as b on a.id = b.id", "a.id b.id"),
        ("select id from night.a group by id having sum(x) > 1", "a.id a.x"),
        ("select x from night.a qualify row_number() over (order by y) = 1", "a.y"),
        ("select x from night.a where exists (select 1 from night.b as b where b.z = 1)", "b.z"),
        (
            "with k as (select id from night.b where z > 0) select a.x from night.a as a join k on k.id = a.id",
            "a.id b.id b.z",
        ),
    ],
)
def test_what_decides_the_rows(sql: str, expected: str) -> None:
    found = resolved(sql).deciding
    assert " ".join(sorted(f"{table[6:]}.{column}" for table, column in found)) == expected
