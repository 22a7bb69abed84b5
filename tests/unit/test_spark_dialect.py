"""Statements as Spark SQL: literals that mean the value, and constructs that would mean another thing untouched."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from xuanpin.pipelines.engine.cluster.dialect import order_of, patterns_of, tables_of, to_spark
from xuanpin.pipelines.engine.failures import EngineError

SPACES = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
LITERALS: list[tuple[Any, str]] = [
    (None, "NULL"),
    (True, "TRUE"),
    (-5, "(-5)"),
    (2**40, "1099511627776L"),
    (1e-05, "1e-05D"),
    (float("inf"), "CAST('inf' AS DOUBLE)"),
    (Decimal("-1.50"), "(-1.50BD)"),
    (r"it's \d", r"'it\'s \\d'"),
    (date(2026, 11, 29), "DATE'2026-11-29'"),
    (datetime(2026, 11, 29, 1, 2, 3), "TIMESTAMP_NTZ'2026-11-29 01:02:03'"),
    ([1, 2], "ARRAY(1, 2)"),
    ({"b", "a"}, "ARRAY('a', 'b')"),
    ([{"a": 1}], "ARRAY(NAMED_STRUCT('a', 1))"),
]
MENDED = [
    ("date_diff('day', x, y)", "CAST(datediff(CAST(`y` AS DATE), CAST(`x` AS DATE)) AS BIGINT)"),
    ("cast(x - n * interval 1 day as date)", "date_sub(CAST(`x` AS DATE), CAST(`n` * 1 AS INT))"),
    ("cast(x + interval 3 day as date)", "date_add(CAST(`x` AS DATE), CAST(3 AS INT))"),
    ("avg(x)", "AVG(CAST(`x` AS DOUBLE))"),
    ("floor(x)", "CAST(FLOOR(`x`) AS DOUBLE)"),
    ("quantile_cont(x, 0.5)", "percentile(`x`, 0.5)"),
    ("string_split(x, '|')", r"split(`x`, '\\|')"),
    ("trim(x)", f"TRIM(BOTH '{SPACES}' FROM `x`)"),
    ("ltrim(x)", f"TRIM(LEADING '{SPACES}' FROM `x`)"),
    ("cast(x as time)", "CAST(`x` AS STRING)"),
    ("cast(x as decimal(9, 2))", "CAST(`x` AS DECIMAL(9, 2))"),
    ("cast(ln(x) * y as decimal(9, 2))", "CAST(round((LN(`x`) * `y`) * 100.0D) / 100.0D AS DECIMAL(9, 2))"),
]
UNSUPPORTED = ["date_diff('hour', x, y)", "regexp_replace(x, 'a', 'b')", "regexp_matches(x, y)", "string_split(x, y)"]


@pytest.mark.parametrize(("value", "written"), LITERALS)
def test_a_parameter_is_written_as_a_literal(value: Any, written: str) -> None:
    assert to_spark("select $x as x", {"x": value}) == f"SELECT {written} AS `x`"


@pytest.mark.parametrize("value", [object(), b"x", datetime(2026, 1, 1).astimezone()])
def test_a_value_without_a_literal_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="no parameter"):
        to_spark("select $x as x", {"x": value})


def test_a_parameter_that_was_not_given_is_named() -> None:
    with pytest.raises(TypeError, match=r"\$x"):
        to_spark("select $x as x", {})


@pytest.mark.parametrize(("ours", "spark"), MENDED)
def test_what_would_mean_another_thing_is_mended(ours: str, spark: str) -> None:
    assert to_spark(f"select {ours} as z", {}) == f"SELECT {spark} AS `z`"


@pytest.mark.parametrize("ours", UNSUPPORTED)
def test_what_has_no_equal_form_is_refused(ours: str) -> None:
    with pytest.raises(EngineError):
        to_spark(f"select {ours} as z from night.t", {})


def test_a_pattern_becomes_the_function_that_the_session_has_to_have() -> None:
    sql = "select regexp_replace(x, $p, ' ', 'g') as z from night.t"
    (pattern,) = patterns_of(sql, {"p": r"\s"})
    assert (pattern.text, pattern.replacement) == (r"\s", " ")
    assert to_spark(sql, {"p": r"\s"}) == f"SELECT {pattern.function}(`x`) AS `z` FROM `night__t` AS `t`"


def test_lists_are_joined_and_groups_are_told_their_table() -> None:
    assert "CROSS JOIN LATERAL explode(`a`.`l`) AS `u`(`x`)" in to_spark(
        "select u.x from night.a as a cross join unnest(a.l) as u (x)", {}
    )
    assert "HAVING SUM(`t`.`n`) > 0" in to_spark("select sum(n) as n from night.t having sum(n) > 0", {})


def test_rows_of_qualify_are_ordered_and_limited_after_it() -> None:
    sql = "select a.x, n as m from night.a as a qualify row_number() over (order by n) = 1"
    filtered = (
        "SELECT `x`, `m` FROM (SELECT `a`.`x`, `n` AS `m`, ROW_NUMBER() OVER (ORDER BY `n` NULLS LAST) AS `_w` "
        "FROM `night__a` AS `a`) AS `_t` WHERE `_w` = 1"
    )
    assert to_spark(sql, {}) == filtered
    around = f"SELECT `x`, `m` FROM ({filtered}) AS `qualified` ORDER BY `x` NULLS LAST, ABS(`m`) DESC LIMIT 2"
    assert to_spark(f"{sql} order by a.x, abs(m) desc limit 2", {}) == around
    for hidden in ("n", "b.x", "a.m"):
        with pytest.raises(EngineError, match="after qualify"):
            to_spark(f"{sql} order by {hidden}", {})


def test_quotes_may_end_a_statement_with_a_parameter() -> None:
    assert to_spark("select x from night.t where x < $x and y <> ''", {"x": 1}).endswith("`x` < 1 AND `y` <> ''")


def test_tables_are_found_and_ctes_are_none() -> None:
    sql = "with a as (select x from night.t) select x from a join source.u as u using (x) order by x"
    assert tables_of(sql) == {"night.t", "source.u"}
    assert order_of(sql)
    assert not order_of("select x from (select x from night.t order by x) as t")
