"""The engine keeps types, binds parameters, swaps parts of tables whole and says who holds the warehouse."""

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from xuanpin.pipelines.engine import EngineError, load_sql, open_engine, open_memory, sql_stems
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.errors import HomeBusy, UsageError

RICH = pa.schema(
    [
        ("sku_id", pa.string()),
        ("aspects", pa.list_(pa.struct([("aspect", pa.string()), ("polarity", pa.float64())]))),
        ("price", pa.decimal128(12, 2)),
        ("seen_on", pa.date32()),
        ("seen_at", pa.timestamp("us")),
        ("units", pa.int64()),
        ("is_new", pa.bool_()),
    ]
)
ROW = {
    "sku_id": "S1",
    "aspects": [{"aspect": "味道", "polarity": -0.5}],
    "price": Decimal("9.90"),
    "seen_on": date(2026, 11, 21),
    "seen_at": datetime(2026, 11, 21, 23, 59),
    "units": 3,
    "is_new": True,
}


NO_GAPS = "create table night.int_returns_gaps (level varchar, entity_id varchar)"
"""The numbers of SKUs also need to know whose returns are missing."""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(tmp_path / "home" / "warehouse.duckdb", memory_limit="512MB", threads=1)
    yield engine
    engine.close()


def test_a_checkpoint_leaves_nothing_in_the_log(engine: Engine, tmp_path: Path) -> None:
    log = tmp_path / "home" / "warehouse.duckdb.wal"
    engine.store("night.rich", pa.table({"a": [1, 2]}))
    assert log.stat().st_size > 0
    engine.checkpoint(log.stat().st_size + 1)
    assert log.stat().st_size > 0, "it is shorter than was said"
    with engine.transaction():
        engine.store("night.other", pa.table({"a": [1]}))
        engine.checkpoint()
    assert log.stat().st_size > 0, "something was being written"
    engine.checkpoint(log.stat().st_size)
    assert not log.exists() or log.stat().st_size == 0
    assert engine.read("night.rich").num_rows == 2


@pytest.mark.parametrize("rows", [[], [ROW], [dict.fromkeys(ROW)]], ids=["empty", "full", "nulls"])
def test_every_type_comes_back_as_it_went_in(engine: Engine, rows: Sequence[Any]) -> None:
    table = pa.Table.from_pylist(rows, schema=RICH)
    assert engine.store("night.rich", table) == len(rows)
    assert engine.read("night.rich").cast(RICH).equals(table)
    assert engine.read("night.rich").schema.types == RICH.types


def test_a_frame_gives_the_same_table_as_arrow(engine: Engine) -> None:
    frame = pd.DataFrame({"sku_id": pd.Categorical(["S1"]), "seen_at": [pd.Timestamp("2026-11-21")], "rate": [0.5]})
    engine.store("night.frame", frame)
    assert engine.read("night.frame").schema.types == [pa.string(), pa.timestamp("us"), pa.float64()]


def test_rows_without_a_type_or_of_another_type_are_refused(engine: Engine) -> None:
    with pytest.raises(TypeError, match=r"columns note of night\.t hold only nulls"):
        engine.store("night.t", pd.DataFrame({"note": [None, None]}, dtype=object))
    with pytest.raises(TypeError, match=r"rows for night\.t do not fit"):
        engine.store("night.t", pd.DataFrame({"note": [1, "x"]}, dtype=object))
    with pytest.raises(TypeError, match=r"rows for night\.t do not fit"):
        engine.store("night.t", pd.DataFrame({"units": [1.5]}), pa.schema([("units", pa.int64())]))
    engine.store("night.t", pd.DataFrame({"note": [None]}), pa.schema([("note", pa.string())]))
    assert engine.read("night.t").schema.types == [pa.string()]


def test_two_statements_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="the text holds 2 statements"):
        open_memory().execute("select 1; select 2")


def test_a_stored_order_is_read_back(engine: Engine) -> None:
    numbers = list(range(5000, 0, -1))
    engine.store("night.numbers", pa.table({"n": numbers}))
    assert engine.read("night.numbers")["n"].to_pylist() == numbers


def test_rows_are_added_by_name(engine: Engine) -> None:
    engine.execute("create table history.t (a bigint, b varchar, c date)")
    assert engine.append("history.t", pa.table({"a": [1], "b": ["x"]})) == 1
    engine.append("history.t", pa.table({"b": ["y"], "a": [2]}))
    engine.append("history.t", "history.t")
    assert engine.read("history.t").to_pylist() == [{"a": 1, "b": "x", "c": None}, {"a": 2, "b": "y", "c": None}] * 2


def test_no_rows_make_a_table_that_lasts_or_change_its_columns(engine: Engine) -> None:
    rows = pa.table({"a": [1]})
    for make in (engine.store, engine.append):
        with pytest.raises(LookupError, match=r"there is no table history\.t .*data_contracts/"):
            make("history.t", rows)
    with pytest.raises(LookupError, match=r"there is no table ops\.t "):
        engine.replace_partition("ops.t", rows, a=1)
    with pytest.raises(LookupError, match=r"there is no table history\.t "):
        engine.replace_keys("history.t", rows, keys="night.k", on="a")
    with pytest.raises(LookupError, match=r"history\.stg_products would get its columns from a select"):
        engine.materialise("stg_products", into="history", as_of_date=date(2026, 11, 21))
    engine.execute("create table history.t (a integer, b varchar)")
    engine.append("history.t", pa.table({"a": [1], "b": ["x"]}))
    assert engine.store("history.t", pa.table({"a": [2, 3]})) == 2
    assert engine.read("history.t").to_pylist() == [{"a": 2, "b": None}, {"a": 3, "b": None}]
    assert engine.read("history.t").schema.types == [pa.int32(), pa.string()]


def test_in_memory_nothing_lasts() -> None:
    engine = open_memory()
    engine.store("history.t", pa.table({"a": [1]}))
    engine.store("history.t", pa.table({"b": ["x"]}))
    assert engine.read("history.t").to_pylist() == [{"b": "x"}]
    engine.close()


def test_one_partition_is_swapped_and_the_others_stay(engine: Engine) -> None:
    engine.store("night.t", pa.table({"day": [1, 1, 2], "v": ["a", "b", "c"]}))
    engine.replace_partition("night.t", pa.table({"day": [1], "v": ["new"]}), day=1)
    assert sorted(engine.read("night.t")["v"].to_pylist()) == ["c", "new"]
    engine.replace_partition("night.t", pa.table({"day": [1], "v": ["x"]}).slice(0, 0), day=1)
    assert engine.read("night.t")["v"].to_pylist() == ["c"]
    with pytest.raises(TypeError, match="name the partition"):
        engine.replace_partition("night.t", pa.table({"day": [1], "v": ["x"]}))


def test_changed_keys_are_swapped_even_when_nothing_replaces_them(engine: Engine) -> None:
    engine.store("night.t", pa.table({"key": ["a", "a", "b", "c"], "v": [1, 2, 3, 4]}))
    engine.store("night.changed", pa.table({"key": ["a", "c"]}))
    engine.store("night.new", pa.table({"key": ["a"], "v": [9]}))
    engine.replace_keys("night.t", "night.new", keys="night.changed", on="key")
    assert sorted(engine.read("night.t")["v"].to_pylist()) == [3, 9]


def test_some_columns_are_read_in_the_order_asked_for(engine: Engine) -> None:
    engine.store("night.t", pa.table({"key": ["a", "b", "b"], "rank": [2, 1, 3], "v": [7, 8, 9]}))
    rows = engine.read("night.t", columns=("rank", "key"), order_by=("key desc", "rank"))
    assert rows.to_pylist() == [{"rank": 1, "key": "b"}, {"rank": 3, "key": "b"}, {"rank": 2, "key": "a"}]
    assert engine.distinct("night.t", "key")["key"].to_pylist() == ["a", "b"]


def test_rows_are_deleted_by_value_and_by_key_and_counted(engine: Engine) -> None:
    engine.store("night.t", pa.table({"key": ["a", "a", "b", None], "v": [1, 2, 3, 4]}))
    engine.store("temp.gone", pa.table({"key": ["b", "z"]}))
    assert engine.delete_where("night.t", key="a", v=2) == 1
    assert engine.delete_keys("night.t", keys="temp.gone", on="key") == 1
    assert engine.delete_where("night.t", key=None) == 1
    assert engine.read("night.t").to_pylist() == [{"key": "a", "v": 1}]
    with pytest.raises(TypeError, match="name the rows"):
        engine.delete_where("night.t")


def test_a_value_is_replaced_where_it_stands(engine: Engine) -> None:
    engine.store("night.t", pa.table({"who": ["a", "b", "a"]}))
    assert engine.replace_value("night.t", "who", old="a", new="x") == 2
    assert engine.read("night.t")["who"].to_pylist() == ["x", "b", "x"]


def test_values_are_replaced_in_the_rows_that_are_meant(engine: Engine) -> None:
    engine.store("night.t", pa.table({"who": ["a", "b", "a", None], "day": [1, 1, 2, 1]}))
    engine.store("temp.v", pa.table({"old": ["a", "c"], "new": ["x", "y"]}))
    assert engine.replace_values("night.t", "who", values="temp.v", day=1) == 1
    assert engine.read("night.t")["who"].to_pylist() == ["x", "b", "a", None]
    assert engine.replace_values("night.t", "who", values="temp.v") == 1


@pytest.mark.parametrize(("new", "changed", "left"), [("", 1, ["", "", None, "b"]), (None, 2, [None, None, None, "b"])])
def test_a_value_is_overwritten_by_key_where_there_is_another(
    engine: Engine, new: str | None, changed: int, left: list[str | None]
) -> None:
    engine.store("night.t", pa.table({"said": ["a", "", None, "b"], "line": [1, 1, 1, 2]}))
    engine.store("temp.k", pa.table({"line": [1, 3]}))
    assert engine.overwrite("night.t", "said", new=new, keys="temp.k", on="line") == changed
    assert engine.read("night.t")["said"].to_pylist() == left


def test_a_generated_select_makes_a_table_or_adds_to_one(engine: Engine) -> None:
    assert engine.create("select $n as n, 'a' as who", into="night.t", n=1) == 1
    assert engine.insert_rows("select 'b' as who, 2 as n", into="night.t") == 1
    assert engine.read("night.t").to_pylist() == [{"n": 1, "who": "a"}, {"n": 2, "who": "b"}]
    with pytest.raises(LookupError, match="columns from a select"):
        engine.create("select 1 as n", into="ops.t")
    relation = engine.derive("n + 1 as n, who", rows="night.t", into="temp.d")
    assert engine.query(f"select * from {relation} as d order by n")["n"].to_pylist() == [2, 3]
    assert engine.clear("night.t") == 2


def test_the_columns_of_a_table_and_the_tables_of_a_column_are_known(engine: Engine) -> None:
    engine.store("night.t", pa.table({"n": pa.array([1], pa.int32()), "who": ["a"]}))
    assert engine.columns("night.t") == {"n": "INTEGER", "who": "VARCHAR"}
    assert engine.columns("night.none") == {}
    assert engine.tables_with("who") == ["night.t"]


def test_a_temporary_table_never_reaches_the_file(engine: Engine) -> None:
    engine.store("night.stg_products", pa.table({"sku_id": ["S2"], "category": ["女装"], "supplier_id": ["V1"]}))
    engine.execute(NO_GAPS)
    assert engine.materialise("int_sku_numbers", into="temp", called="numbers") == 1
    assert engine.read("temp.numbers")["sku_id"].to_pylist() == ["S2"]
    found = engine.query("select temporary from duckdb_tables() where table_name = 'numbers'")
    assert found["temporary"].to_pylist() == [True]


def test_rows_are_added_to_a_temporary_table_as_to_any_other(engine: Engine) -> None:
    engine.store("temp.some", pa.table({"a": [1]}))
    assert engine.exists("temp.some") and not engine.exists("night.some")
    engine.append("temp.some", pa.table({"a": [2]}))
    assert engine.read("temp.some")["a"].to_pylist() == [1, 2]


def test_a_result_is_added_by_column_name(engine: Engine) -> None:
    engine.store("night.stg_products", pa.table({"sku_id": ["S2"], "category": ["女装"], "supplier_id": ["V1"]}))
    engine.execute(NO_GAPS)
    engine.materialise("int_sku_numbers", called="numbers")
    assert engine.insert("int_sku_numbers", into="night.numbers") == 1
    assert engine.read("night.numbers")["sku_id"].to_pylist() == ["S2", "S2"]


def test_a_select_is_not_run_for_its_effect_nor_a_change_read(engine: Engine) -> None:
    with pytest.raises(ValueError, match=r"sql/staging/stg_products\.sql is a SELECT; use select"):
        engine.run("stg_products")
    with pytest.raises(ValueError, match=r"sql/retention/old_stock_counts\.sql changes rows; use run"):
        engine.select("old_stock_counts")


@pytest.mark.parametrize("name", ['a"b', "带 空格", "select"])
def test_any_column_name_can_be_quoted(engine: Engine, name: str) -> None:
    engine.store("night.t", pa.table({name: [2, 1]}))
    assert engine.read("night.t", columns=(name,), order_by=(name,))[name].to_pylist() == [1, 2]


def test_a_failed_transaction_leaves_nothing_and_an_inner_one_joins_it(engine: Engine) -> None:
    engine.store("night.t", pa.table({"v": [1]}))
    with pytest.raises(ZeroDivisionError), engine.transaction():
        with engine.transaction():
            engine.append("night.t", pa.table({"v": [2]}))
        raise ZeroDivisionError
    assert engine.read("night.t")["v"].to_pylist() == [1]
    with engine.transaction():
        engine.append("night.t", pa.table({"v": [3]}))
    assert engine.read("night.t")["v"].to_pylist() == [1, 3]


def test_parameters_are_bound_as_values(engine: Engine) -> None:
    rows = engine.query("select $name as name, $day as day", name="'; drop table x", day=date(2026, 1, 2))
    assert rows.to_pylist() == [{"name": "'; drop table x", "day": date(2026, 1, 2)}]


def test_a_sql_file_is_read_without_a_table_of_its_own(engine: Engine) -> None:
    one = "select 'S2' as sku_id, '女装/裤装' as category, 'V1' as supplier_id"
    engine.execute(f"create table night.stg_products as {one}")
    engine.execute(NO_GAPS)
    rows = engine.select("int_sku_numbers").to_pylist()
    assert rows == [
        {"sku_id": "S2", "category": "女装/裤装", "department": "女装", "supplier_id": "V1",
         "sku_number": 0, "category_number": 0}
    ]  # fmt: skip
    assert not engine.exists("night.int_sku_numbers")


@pytest.mark.parametrize("rows", [0, 300_000])
def test_a_result_in_batches_is_the_whole_result_and_tells_its_columns_without_rows(engine: Engine, rows: int) -> None:
    one = "'S' || range as sku_id, '女装/裤装' as category, 'V1' as supplier_id"
    engine.execute(f"create table night.stg_products as select {one} from range({rows})")
    engine.execute(NO_GAPS)
    batches = list(engine.batches("int_sku_numbers"))
    whole = engine.select("int_sku_numbers")
    assert max(batch.num_rows for batch in batches) <= 131_072
    assert pa.Table.from_batches(batches).sort_by("sku_number").equals(whole.sort_by("sku_number"))


def test_a_table_name_carries_no_sql(engine: Engine) -> None:
    with pytest.raises(ValueError, match="is not a table name"):
        engine.read("night.t; drop table source.orders")


def test_a_sql_file_takes_the_parameters_that_it_names() -> None:
    file = load_sql("stg_products")
    assert file.parameters == {"as_of_date"}
    assert file.bind({"as_of_date": 1, "other": 2}) == {"as_of_date": 1}
    with pytest.raises(TypeError, match=r"sql/staging/stg_products\.sql needs \$as_of_date"):
        file.bind({})
    with pytest.raises(LookupError, match="the nearest is stg_products"):
        load_sql("stg_product")
    assert "stg_products" in sql_stems()


def test_the_second_connection_sees_the_warehouse_in_utc(engine: Engine) -> None:
    engine.store("night.t", pa.table({"v": [7]}))
    cursor = engine.dbapi_connection()
    assert cursor.execute("select v, current_setting('TimeZone') from night.t").fetchall() == [(7, "UTC")]


def test_a_warehouse_in_use_names_the_process(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    hold = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(HomeBusy, match=rf"in use by another process \(PID {holder.pid}\)"):
            open_engine(path)
        holder.communicate()
    open_engine(path).close()


def test_a_file_that_is_no_database_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(UsageError, match="is not a DuckDB database"):
        open_engine(path)


def test_a_large_first_append_inside_a_transaction_can_be_filtered_at_once(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "warehouse.duckdb")
    rows = pa.table({"number": pa.array(range(150_000), pa.int64())})
    engine.execute("create table history.numbers (number bigint)")
    with engine.transaction():
        engine.append("history.numbers", rows)
    found = engine.query("select count(*) as n from history.numbers where number >= 149_990")
    assert found.to_pylist() == [{"n": 10}]
    engine.close()


def test_so_can_one_to_a_table_made_without_rows_in_the_same_transaction(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "warehouse.duckdb")
    rows = pa.table({"block": pa.array([1] * 150_000), "number": pa.array(range(150_000))})
    nothing = "select cast(null as bigint) as block, cast(null as bigint) as number where false"
    makes: Mapping[str, Callable[[], int]] = {
        "night.made": lambda: engine.create(nothing, into="night.made"),
        "night.stored": lambda: engine.store("night.stored", rows.slice(0, 0)),
    }
    for table, make in makes.items():
        with engine.transaction():
            make()
            engine.append(table, rows)
    engine.map_blocks(_unchanged, {"rows": "night.made"}, by="block", into="night.mapped", schema=rows.schema)
    for table in (*makes, "night.mapped"):
        assert engine.row(f"select count(*) from {table} where number >= 149_990") == (10,)
    engine.close()


def _unchanged(tables: Mapping[str, pa.Table]) -> pa.Table:
    return tables["rows"]


def test_a_failure_comes_from_another_process_as_it_was() -> None:
    came = pickle.loads(pickle.dumps(EngineError("no such table", "CatalogException")))
    assert (str(came), came.kind) == ("no such table", "CatalogException")
