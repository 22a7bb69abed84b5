"""SQL that follows from a contract keeps its sense whatever its columns are called."""

from datetime import date, datetime
from string import Template
from typing import Any

import pytest

from tests.support.night_tables import stored, table
from xuanpin.pipelines.contracts import statements
from xuanpin.pipelines.contracts.sql import Column, column_rules
from xuanpin.pipelines.engine.protocol import Engine

ODD = ("order", 'a "b"', "分组")
"""A word of SQL, a name with quotes and blanks, and one that is not Latin."""


def column(name: str, **own: Any) -> Column:
    return Column(name, "BIGINT", True, "a column", "列", **own)


@pytest.fixture
def odd(warehouse: Engine) -> Engine:
    warehouse.execute(statements.create_table("night.odd", [column(name) for name in ODD], ("known_on date",)))
    warehouse.execute(statements.create_table("night.odd", [column("other")], ()))
    for row in ((1, 1, 1, date(2026, 11, 21)), (1, 1, 2, date(2026, 11, 20)), (2, 7, 3, date(2026, 11, 20))):
        values: dict[str, Any] = {f"v{place}": value for place, value in enumerate(row)}
        warehouse.execute("insert into night.odd values ($v0, $v1, $v2, $v3)", **values)
    return warehouse


def found(engine: Engine, select: str, relation: str = "night.odd") -> list[Any]:
    return sorted(tuple(row.values()) for row in engine.query(Template(select).substitute(table=relation)).to_pylist())


def test_a_table_is_created_once_with_its_own_names_and_its_extra_columns(odd: Engine) -> None:
    assert odd.read("night.odd").column_names == [*ODD, "known_on"]


def test_rows_that_meet_any_condition_are_named_by_their_key(odd: Engine) -> None:
    conditions = ['"分组" = 3 and "order" = 2', '"分组" = 1 or "分组" = 9']
    assert found(odd, statements.broken_rows(ODD[2:], conditions)) == [(1,), (3,)]


def test_a_key_is_repeated_where_all_its_parts_are(odd: Engine) -> None:
    assert found(odd, statements.repeated_keys(ODD[:2])) == [(1, 1)]
    assert found(odd, statements.repeated_keys(ODD)) == []


def test_a_value_is_unknown_where_the_other_table_does_not_have_it(odd: Engine) -> None:
    table(odd, "night.known", '"order" bigint', [(1,), (3,)])
    assert found(odd, statements.unknown_values(ODD[2:], ODD[1], "night.known", "order")) == [(3,)]
    odd.execute('create table night.empty as select null::bigint as "a ""b""", 4 as 分组')
    assert found(odd, statements.unknown_values(ODD[2:], ODD[1], "night.known", "order"), "night.empty") == []


def test_one_statement_counts_rows_that_meet_conditions_and_what_selects_find(odd: Engine) -> None:
    sql = statements.counts_of("night.odd", ['"order" = 1', "false"], ["select 1 union all select 2"])
    assert list(odd.query(sql).to_pylist()[0].values()) == [3, 2, 0, 2]
    assert list(odd.query(statements.counts_of("(select 1 where false)", [], [])).to_pylist()[0].values()) == [0]


def test_a_range_is_judged_by_the_column_of_that_very_name(odd: Engine) -> None:
    for name, broken in zip(ODD, ([(3,)], [(3,)], [(2,), (3,)]), strict=True):
        breaks = [rule.breaks for rule in column_rules("odd", [column(name, minimum=0, maximum=1)])]
        assert found(odd, statements.broken_rows(ODD[2:], breaks)) == broken


def test_dates_and_moments_are_written_as_what_they_are(odd: Engine) -> None:
    assert found(odd, statements.rows_where("night.odd", statements.known_on(date(2026, 11, 21)))) == [
        (1, 1, 1, date(2026, 11, 21))
    ]
    moment = odd.query(f"select {statements.moment(datetime(2026, 11, 21, 9, 30, 15, 999))} as m")["m"][0].as_py()
    assert moment == datetime(2026, 11, 21, 9, 30, 15)
    stamped = statements.stamped_rows("night.odd", ODD[2:], date(2026, 11, 22), date(2026, 11, 21))
    assert found(odd, stamped)[0] == (date(2026, 11, 22), date(2026, 11, 21), "pending", 1)


def test_a_late_row_is_of_a_newer_batch_and_of_another_day(warehouse: Engine) -> None:
    rows = [(1, 1), (2, 1), (2, 2), (3, 2)]
    table(warehouse, "source.t", "drop_seq bigint, day bigint", rows)
    late = statements.rows_where("source.t", statements.came_late(1, "day = 2"))
    assert found(warehouse, late) == [(2, 1)]


def test_a_select_is_counted_shown_in_part_and_as_a_view(odd: Engine) -> None:
    every = statements.all_rows("night.odd")
    assert found(odd, statements.count_of(every)) == [(3,)]
    assert [row[0] for row in found(odd, statements.first_of(every, [ODD[2]], 2))] == [1, 2]
    odd.create_view("night.shown", every)
    assert stored(odd, "night.shown", ODD[2]) == [1, 2, 3]
    odd.drop_view("night.shown")
    assert odd.query("select count(*) as n from duckdb_views() where view_name = 'shown'")["n"][0].as_py() == 0
