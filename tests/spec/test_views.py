"""A view of a deployment is one SELECT over the drop: what it may name, and what is refused with which words."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.drop_folder import Platform
from xuanpin.pipelines.engine import EngineError, foreign_parts, open_engine
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.ingest.views import read_view
from xuanpin.pipelines.settings import Settings, load_settings

GOOD = [
    'select * from "drop"',
    'select upper(trim(sku_id)) as sku_id, try_cast(price as decimal(12, 2)) as list_price from "drop" where true',
    'with a as (select * from "drop"), b as (select * from a) select * from b union all select * from a',
    "with recursive r as (select 1 as n union all select n + 1 from r where n < 3) select n from r",
    "select tag from \"drop\", unnest(string_split(tags, '|')) as t(tag)",
    'select list_transform(tags, lambda t: lower(t)) as tags, row_number() over (order by sku_id) as n from "drop"',
    'select * from "DROP" qualify row_number() over (partition by sku_id order by updated_at desc) = 1',
    'select * from (values (1), (2)) as v(a) cross join "drop"',
    "select * from \"drop\" pivot (sum(units) for size in ('S', 'M'))",
    'select d.current_date from "drop" as d',
]
FOREIGN = {
    "select * from read_csv('/etc/passwd')": ["read_csv()"],
    "select * from '/etc/passwd'": ["/etc/passwd"],
    "select (select content from read_text('/etc/passwd')) as title from \"drop\"": ["read_text()"],
    'select * from "drop" where sku_id in (select sku_id from source.orders)': ["source.orders"],
    "select * from temp.incoming": ["temp.incoming"],
    "select * from warehouse.ops.known_names": ["warehouse.ops.known_names"],
    "select * from incoming": ["incoming"],
    "with a as (select * from a) select * from a": ["a"],
    "with a as (with \"f.csv\" as (select 1) select * from \"f.csv\") select * from a, 'f.csv'": ["f.csv"],
    "select current_setting('home_directory') as title from \"drop\"": ["current_setting()"],
    "select getvariable('x'), current_query() from \"drop\"": ["getvariable()", "current_query()"],
    "select * from query('select 1')": ["query()"],
    "select * from query_table('source.orders')": ["query_table()"],
    "select * from glob('/*')": ["glob()"],
    "select * from duckdb_settings()": ["duckdb_settings()"],
    "select * from (describe \"drop\")": ["describe, show or summarize"],
    "show tables": ["describe, show or summarize"],
    'select random() as list_price, now() as updated_at from "drop"': ["random()", "now()"],
    'select current_timestamp as updated_at from "drop"': ["current_timestamp"],
    'select get_block_size(\'warehouse\') from "drop"': ["get_block_size()"],
    'select * from "drop" using sample 10': ["a random sample"],
    'select $paths as title from "drop"': ["$paths"],
}  # fmt: skip
NO_SELECT = {
    'select * from "drop"; select 1': "holds 2 statements",
    "select 1; copy (select 1) to 'out.csv'": "not a SELECT",
    "copy (select 1) to 'out.csv'": "not a SELECT",
    "attach 'other.duckdb' as other": "not a SELECT",
    "install httpfs": "not a SELECT",
    "load httpfs": "not a SELECT",
    "pragma database_list": "not a SELECT",
    "set memory_limit = '1TB'": "not a SELECT",
    'delete from "drop"': "not a SELECT",
    "create table t as select 1": "not a SELECT",
    "call pragma_version()": "not a SELECT",
    "export database 'folder'": "not a SELECT",
    'select * from "drop") ; drop table source.orders; select * from (select 1': "cannot|can read",
    "select 1 /*": "can read",
    "": "holds 0 statements",
    "-- nothing": "holds 0 statements",
}


@pytest.mark.parametrize("view", GOOD)
def test_a_select_over_the_drop_names_nothing_foreign(view: str) -> None:
    assert foreign_parts(view, "drop") == []


@pytest.mark.parametrize("view", FOREIGN)
def test_what_a_view_may_not_ask_for_is_named(tmp_path: Path, view: str) -> None:
    assert foreign_parts(view, "drop") == FOREIGN[view]
    file = tmp_path / "orders.sql"
    file.write_text(view, encoding="utf-8")
    with pytest.raises(UsageError) as refusal:
        read_view("[sources.tables.orders]", file)
    said = str(refusal.value)
    assert said.startswith(f"[sources.tables.orders] view orders.sql asks for {', '.join(FOREIGN[view])}; a view is ")
    assert 'one SELECT over the relation "drop"' in said


@pytest.mark.parametrize("view", NO_SELECT)
def test_what_is_not_one_select_is_refused(tmp_path: Path, view: str) -> None:
    file = tmp_path / "orders.sql"
    file.write_text(view, encoding="utf-8")
    with pytest.raises(UsageError, match=NO_SELECT[view]):
        read_view("[sources.tables.orders]", file)


@pytest.mark.parametrize(
    ("name", "says"), [("none.sql", "No such file"), (".", "Is a directory"), ("pipe", "it is a pipe")]
)
def test_a_view_that_is_no_file_is_refused(tmp_path: Path, name: str, says: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match=says):
        read_view("[sources.tables.orders]", tmp_path / name)


def test_a_night_with_a_foreign_view_keeps_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("sku_id\nS1\n", encoding="utf-8")
    (tmp_path / "orders.sql").write_text(f"select * from read_csv('{secret}')", encoding="utf-8")
    (tmp_path / "xuanpin.toml").write_text('[sources.tables.orders]\nview = "orders.sql"\n', encoding="utf-8")
    platform = Platform(tmp_path, load_settings(tmp_path / "xuanpin.toml")).begun()
    with pytest.raises(UsageError, match=r"view orders\.sql asks for read_csv\(\)"):
        platform.night()
    assert platform.values("select count(*) from source.orders") == [1]


def test_an_ingest_can_open_no_file_but_its_drops_and_copies(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for place in ("in/a.csv", "out.csv"):
        (tmp_path / place).write_text("a\n1\n", encoding="utf-8")
    (tmp_path / "in" / "link.csv").symlink_to(tmp_path / "out.csv")
    with closing(open_engine(tmp_path / "home" / "warehouse.duckdb", threads=1)) as engine:
        engine.confine(tmp_path / "in")
        engine.confine(tmp_path / "in")
        assert engine.query(f"select * from read_csv('{tmp_path / 'in' / 'a.csv'}')").num_rows == 1
        refused = [
            f"select * from read_csv('{tmp_path / 'out.csv'}')",
            f"select * from read_csv('{tmp_path / 'in' / 'link.csv'}')",
            f"select * from read_csv('{tmp_path / 'in' / '..' / 'out.csv'}')",
            f"copy (select 1) to '{tmp_path / 'new.csv'}'",
            f"attach '{tmp_path / 'new.duckdb'}' as new",
            "set global allowed_directories = ['/']",
            "set memory_limit = '1GB'",
            "load httpfs",
        ]
        for statement in refused:
            with pytest.raises(EngineError):
                engine.execute(statement)
        assert not (tmp_path / "new.csv").exists()
        with pytest.raises(RuntimeError, match="alone"):
            engine.confine(tmp_path)


def test_a_name_in_a_statement_is_no_variable_of_the_program(tmp_path: Path) -> None:
    with closing(open_engine(tmp_path / "warehouse.duckdb", threads=1)) as engine:
        rows = engine.query("select 1 as a")
        assert rows.num_rows == 1
        with pytest.raises(EngineError, match="does not exist"):
            engine.query("select * from rows")


@pytest.mark.parametrize("reads", ["../orders", "/etc", "a/../../b", "..", "/etc/passwd"])
def test_a_table_is_read_below_the_sources_alone(tmp_path: Path, reads: str) -> None:
    config = tmp_path / "xuanpin.toml"
    config.write_text(f'[sources.tables.orders]\nreads = "{reads}"\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"sources\.tables\.orders\.reads.*below --sources"):
        load_settings(config)


HOSTILE = "x') ; copy (select 1) to 'planted.csv'; --"


@pytest.mark.parametrize("table", ["orders"])
def test_names_and_words_of_a_mapping_are_quoted(tmp_path: Path, table: str) -> None:
    given = {
        "columns": {HOSTILE: "carrier_id"},
        "values": {"status": {HOSTILE: "paid"}},
        "constants": {"customer_name": HOSTILE},
        "formats": {"ordered_at": f"%Y-%m-%d {HOSTILE}"},
    }
    platform = Platform(tmp_path, Settings.model_validate({"sources": {"tables": {table: given}}})).begun()
    platform.drop(
        table,
        "more.csv",
        {
            "order_line_id": "L2", "order_id": "O1", "ordered_at": f"2026-11-20 {HOSTILE}", "agent_id": "A1",
            "group_id": "G1", "customer_id": "C1", "sku_id": "S1", "quantity": 1, "unit_price": "9",
            "status": HOSTILE, "updated_at": "2026-11-20T10:00:00+08:00", HOSTILE: "顺丰",
        },
    )  # fmt: skip
    platform.night()
    found = platform.query(
        "select status, carrier_id, cast(ordered_at as date) as day from source.orders where drop_seq = 2"
    )
    assert [(row["status"], row["carrier_id"], str(row["day"])) for row in found] == [("paid", "顺丰", "2026-11-20")]
    assert not list(tmp_path.rglob("planted.csv")) and not Path("planted.csv").exists()
