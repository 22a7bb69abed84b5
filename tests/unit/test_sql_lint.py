"""The SQL lint names every construct that the two engines understand differently, and what to write instead."""

from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp, parse_one

from tools.sql_lint import ONE_ENGINE, ROOT, lint, lint_file

HEADER = "-- One row: one SKU.\n-- Why: a test.\n"

# What is written, and words of the advice that has to come.
BANNED = [
    ("array_agg(x order by y)", "array_sort"),
    ("list(x order by y)", "array_sort"),
    ("percentile_cont(0.5) within group (order by x)", "quantile_cont"),
    ("approx_count_distinct(x)", "count(distinct x)"),
    ("approx_quantile(x, 0.5)", "quantile_cont"),
    ("date_diff('hour', x, y)", "date_diff('day', x, y)"),
    ("date_diff('month', x, y)", "date_diff('day', x, y)"),
    ("cast(x / cast(y as double) as bigint)", "floor"),
    ("cast(1.5 as integer)", "floor"),
    ("cast(cast(x as decimal(12, 2)) as integer)", "floor"),
    ("cast(round(x) as integer)", "floor"),
    ("round(x, 2)", "publish rounds"),
    ("x / y", "cast(y as double)"),
    ("x / 7.0", "cast(y as double)"),
    ("x / 0", "nullif"),
    ("x // y", "floor"),
    ("x % y", "nullif"),
    ("log(x)", "ln(x)"),
    (r"regexp_replace(x, '(a)b', '\1', 'g')", "split_part"),
    ("hash(x)", "md5"),
    ("format('{}', x)", "cast(x as varchar)"),
    ("printf('%d', x)", "cast(x as varchar)"),
    ("dayofweek(x)", "calendar"),
    ("isodow(x)", "calendar"),
    ("dayname(x)", "calendar"),
    ("extract(dow from x)", "calendar"),
    ("date_part('dow', x)", "calendar"),
    ("x at time zone 'Asia/Shanghai'", "business date at ingest"),
    ("x + interval 1 day", "cast(d - n * interval 1 day as date)"),
    ("cast(x - interval (y) day as date)", "no column or parameter"),
    ("epoch(x)", "date_diff('day'"),
    ("current_date", "$as_of_date"),
    ("today()", "$as_of_date"),
    ("now()", "parameter"),
    ("current_timestamp", "parameter"),
    ("random()", "seed"),
    ("gen_random_uuid()", "md5"),
    ("columns('x')", "list the columns"),
    ("x[1:2]", "substring"),
    ("x[1]", "unnest"),
    ("[y for y in x]", "unnest"),
    ("list_transform(x, lambda y: y + 1)", "unnest"),
    ("any_value(x)", "qualify"),
    ("arg_max(x, y)", "qualify"),
    ("first(x)", "qualify"),
    ("string_agg(x, ',')", "array_to_string"),
    ("unnest(x)", "cross join unnest"),
    ("strlen(x)", "both engines agree"),
    ("row_number() over (partition by x)", "total order"),
    ("commission_rate", "audits"),
    ("x::date", "cast(x as type)"),
    ("len(x)", "array_length"),
    ("regexp_replace(x, 'a', 'b')", "'g'"),
    ("regexp_matches(x, y)", "bind it"),
]
STATEMENTS = [
    ("select * from night.t", "list the columns"),
    ("select * replace (1 as x) from night.t", "list the columns"),
    ("select x, (select 1 as y from night.u) as z from night.t group by x", "group in a CTE"),
    ("select t.* from night.t as t", "list the columns"),
    ("with a as (select * from night.t) select x from a", "list the columns"),
    ("with a as (select t.* exclude (y) from night.t as t) select x from a", "list the columns"),
    ("with a as (select t.* from night.t as t) select a.* from a", "list the columns"),
    ("select t.x from night.t as t asof join night.u as u on t.x >= u.x", "asof"),
    ("select t.x from night.t as t positional join night.u as u", "positional"),
    ("select t.x from night.t as t semi join night.u as u on t.x = u.x", "exists"),
    ("select x from night.t union all by name select x from night.u", "union all"),
    ("pivot night.t on x using sum(y)", "one select"),
    ("select distinct on (x) y from night.t", "qualify"),
    ("select x, count(*) as n from night.t group by all", "list the columns"),
    ("with recursive a as (select 1 as x) select x from a", "Python"),
    ("select x from night.t using sample 10%", "filter by a key"),
    ("select x from night.t limit 3", "total order"),
    ("select cast(x as date) as d from night.t where d > $as_of_date", "CTE"),
    ("select x from orders", "no known schema"),
    ("select x from main.orders", "no known schema"),
    ("SELECT x FROM night.t", "lower case"),
    ("select x + 1 from night.t", "has no name"),
    ("select x from night.t; select y from night.t", "one select"),
    ("create table night.u as select x from night.t", "one select"),
    ("select from where", "cannot read"),
]


@pytest.mark.parametrize(("expression", "advice"), BANNED)
def test_a_banned_expression_is_named_with_what_to_write_instead(expression: str, advice: str) -> None:
    faults = lint(f"{HEADER}select {expression} as z from night.t\n", "int_test")
    assert any(advice in fault for fault in faults), faults


@pytest.mark.parametrize(("statement", "advice"), STATEMENTS)
def test_a_banned_statement_is_named_with_what_to_write_instead(statement: str, advice: str) -> None:
    faults = lint(f"{HEADER}{statement}\n", "int_test")
    assert any(advice in fault for fault in faults), faults


@pytest.mark.parametrize(
    "expression",
    [
        "array_sort(array_agg(x) filter (where y))",
        "quantile_cont(cast(x as double), 0.5)",
        "date_diff('day', x, y)",
        "cast(x - 3 * interval 1 day as date)",
        "x / cast(14 as double)",
        "x / nullif(cast(y as double), 0)",
        "x % 7",
        "cast(floor(x) as bigint)",
        "round(cast(x as decimal(12, 4)), 2)",
        "last_value(x ignore nulls) over (order by y rows between unbounded preceding and current row)",
        "sum(x) filter (where regexp_matches(y, 'A+'))",
        "case when x in ('a', 'b') then 1 else 0 end",
        "count(*)",
    ],
)
def test_the_subset_passes(expression: str) -> None:
    assert lint(f"{HEADER}select {expression} as z from night.t\n", "int_test") == []


def test_a_cte_may_hand_a_whole_table_on() -> None:
    assert lint(f"{HEADER}with a as (select t.*, 1 as y from night.t as t) select x from a\n", "int_test") == []


def test_a_file_says_first_what_one_row_is_and_why() -> None:
    assert any("header" in fault for fault in lint("select x from night.t\n", "int_test"))


def test_a_staged_table_has_the_columns_of_its_contract() -> None:
    faults = lint(f"{HEADER}select sku_id, as_of_date from source.inventory\n", "stg_inventory")
    assert any("sku_id, as_of_date, sellable_units" in fault for fault in faults)


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.sql")), ids=lambda file: file.stem)
def test_every_file_keeps_to_the_subset(file: Any) -> None:
    assert lint_file(file) == []


ALONE = "-- One row goes: one SKU.\n-- DuckDB only: a test.\n"


def test_what_one_engine_runs_alone_may_delete_and_use_its_own_functions_in_its_folders() -> None:
    for statement in ("delete from night.t where x < $y", "select list_sort(list(x)) as z from temp.t"):
        assert lint(f"{ALONE}{statement}\n", "old_rows", "retention") == []
        assert any(
            "stands in ingest or stand_ins or retention" in fault
            for fault in lint(f"{ALONE}{statement}\n", "t", "report")
        )


@pytest.mark.parametrize(
    ("statement", "advice"),
    [
        ("delete from t where x < $y", "no known schema"),
        ("DELETE from night.t where x < $y", "lower case"),
        ("create table night.u as select x from night.t", "one select, delete or update"),
        ("delete from night.t; delete from night.u", "one select, delete or update"),
    ],
)
def test_what_one_engine_runs_alone_is_still_one_statement_on_named_schemas(statement: str, advice: str) -> None:
    faults = lint(f"{ALONE}{statement}\n", "old_rows", "retention")
    assert any(advice in fault for fault in faults), faults


PORTABLE = [file for file in sorted(ROOT.rglob("*.sql")) if not ONE_ENGINE.search(file.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("file", PORTABLE, ids=lambda file: file.stem)
def test_every_file_reads_the_same_after_a_round_trip_through_spark(file: Path) -> None:
    tree = parse_one(file.read_text(encoding="utf-8"), read="duckdb")
    assert isinstance(tree, exp.Query)
    names = [item.alias_or_name for item in tree.selects]
    spark = parse_one(tree.sql(dialect="spark"), read="spark")
    assert isinstance(spark, exp.Query)
    assert [item.alias_or_name for item in spark.selects] == names
