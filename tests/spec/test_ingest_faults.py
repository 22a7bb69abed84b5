"""Each fault of a drop has one outcome: the night is refused whole, or the row is set aside, or the row waits."""

import gzip
import json
import subprocess
import sys
import textwrap
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.support.drop_folder import DEFAULTS, Platform, row
from xuanpin.pipelines.contracts.lasting import lasting_tables
from xuanpin.pipelines.errors import InputRefused, UsageError
from xuanpin.pipelines.ingest import drop_formats, drops, incoming, quarantine
from xuanpin.pipelines.ingest.drop_formats import RawFile
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.running import IngestSettings

pytestmark = pytest.mark.whole

ROOT = Path(__file__).resolve().parents[2]
PARQUET_START = b"PAR1" + bytes(100)


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform(tmp_path).begun()


@pytest.fixture
def new_platform(tmp_path: Path) -> Platform:
    """A platform before its first night."""
    return Platform(tmp_path).fill()


def refused(platform: Platform, held: dict[str, int] | None = None) -> str:
    """The message of a refused night, after which the warehouse holds nothing of it: what a first night left, unless
    `held` says otherwise."""
    with pytest.raises(InputRefused) as refusal:
        platform.night()
    assert refusal.value.exit_code == 3
    assert rows_held(platform) == (held or rows_held_before()), "nothing of a refused night is kept"
    return str(refusal.value)


def rows_held(platform: Platform) -> dict[str, int]:
    """How many rows each lasting table holds, where it holds any."""
    counts = " union all ".join(f"select '{name}' as name, count(*) as rows from {name}" for name in lasting_tables())
    return {found["name"]: found["rows"] for found in platform.query(counts) if found["rows"]}


@cache
def rows_held_before() -> dict[str, int]:
    with TemporaryDirectory() as folder:
        return rows_held(Platform(Path(folder)).begun())


def orders(count: int, **changed: Any) -> list[dict[str, Any]]:
    return [row("orders", order_line_id=f"L{number + 100}", **changed) for number in range(count)]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.csv", b"", "is empty (0 bytes)"),
        ("empty.csv.gz", gzip.compress(b"", mtime=0), "is empty (0 bytes unpacked)"),
        (
            "cut.csv.gz",
            gzip.compress(b"order_line_id\n" + b"L1\n" * 5000, mtime=0)[:40],
            "cannot be unpacked to its end",
        ),
        ("truncated.parquet", PARQUET_START, "is not a complete Parquet file"),
        ("latin.csv", "order_line_id,café\nL1,é".encode("latin-1"), "is in an unknown encoding"),
        ("cut.csv", "order_line_id,备注".encode()[:-1], "ends in the middle of a character"),
        ("list.json", b'[{"order_line_id": "L1"}]', "is one JSON document"),
        ("quote.csv", b'order_line_id,sku_id\nL1,"S1\n', "has no column"),
        ("twice.csv", b"sku_id,SKU_ID\nS1,S1\n", "has the column SKU_ID, sku_id more than once"),
    ],
)
def test_an_unreadable_file_refuses_the_night(platform: Platform, name: str, content: bytes, says: str) -> None:
    platform.write("products", name, content)
    message = refused(platform)
    assert f"products: file products/{name} {says}" in message
    assert "Nothing of this night was kept" in message


def test_a_parquet_file_cut_at_its_end_is_refused(platform: Platform) -> None:
    whole = platform.drop("orders", "whole.parquet", *orders(50))
    platform.write("orders", "whole.parquet", whole.read_bytes()[:-20])
    assert "file orders/whole.parquet is not a complete Parquet file" in refused(platform)


def test_a_parquet_file_damaged_inside_is_refused(platform: Platform) -> None:
    whole = platform.drop("orders", "damaged.parquet", *orders(500))
    content = bytearray(whole.read_bytes())
    content[40:200] = b"\xff" * 160
    platform.write("orders", "damaged.parquet", bytes(content))
    assert "file orders/damaged.parquet cannot be read to its end" in refused(platform)


def test_a_line_that_does_not_parse_is_set_aside_and_not_quoted(platform: Platform) -> None:
    path = platform.drop("orders", "lines.csv", *orders(200))
    path.write_text(path.read_text(encoding="utf-8") + 'L9,"欧阳小花 13812345678\n', encoding="utf-8")
    assert platform.night() == (201, 200)
    (found,) = platform.query("select * from ops.quarantine")
    assert (found["rules"], found["drop_path"]) == (["unclosed_quote"], "orders/lines.csv")
    assert "138" not in found["row"]


def test_each_line_that_does_not_parse_is_counted_and_can_be_found(platform: Platform) -> None:
    path = platform.drop("orders", "short.csv", *orders(400))
    path.write_text(path.read_text(encoding="utf-8") + "L9,O9\r\nL9,O9\r\n", encoding="utf-8", newline="")
    platform.night()
    places = "select drop_path, drop_row from ops.quarantine order by drop_path, drop_row"
    first = [{"drop_path": "orders/short.csv", "drop_row": number} for number in (402, 403)]
    assert platform.query(places) == first
    platform.write("orders", "shorter.csv", path.read_bytes() + b"L8,O8\r\n")
    platform.night()
    again = [{"drop_path": "orders/shorter.csv", "drop_row": number} for number in (402, 403, 404)]
    assert platform.query(places) == first + again


def test_rows_that_were_set_aside_before_count_into_no_share(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    bad = [row("orders", order_line_id=f"N{number}", quantity=-1) for number in range(4)]
    platform.drop("orders", "day.jsonl", *orders(400), *bad)
    platform.night()
    platform.drop("orders", "day.jsonl", *bad, row("orders", order_line_id="N9"))
    assert platform.night() == (5, 1)
    assert "orders: 4 rows that an earlier night set aside came again" in caplog.text
    assert platform.values("select count(*) from ops.quarantine") == [4]
    another = row("orders", order_line_id="N4", quantity=-1)
    platform.drop("orders", "day.jsonl", *bad, another)
    with pytest.raises(InputRefused, match="1 of 1 new row"):
        platform.night()
    platform.drop("orders", "day.jsonl", *bad, another, *orders(400))
    platform.night()
    assert platform.values("select count(*) from ops.quarantine") == [5]


def test_rows_without_any_value_are_no_rows(platform: Platform) -> None:
    path = platform.drop("orders", "blank.csv", *orders(3))
    path.write_bytes(path.read_bytes() + 40 * (b"," * 11 + b"\r\n"))
    some = platform.drop("returns", "some.jsonl", row("returns", return_id="R2"))
    some.write_bytes(b"{}\n" * 20 + some.read_bytes())
    assert platform.night() == (4, 4)


def test_all_that_is_refused_is_told_at_once(platform: Platform) -> None:
    platform.write("orders", "empty.csv", b"")
    platform.write("orders", "short.csv", b"order_line_id,order_id\nL1,O1\n")
    platform.write("products", "damaged.parquet", PARQUET_START)
    platform.drop("returns", "bad.jsonl", *[row("returns", return_id=f"R{n}", quantity=-1) for n in range(5)])
    message = refused(platform)
    assert message.startswith("4 things are wrong: (1) products: file products/damaged.parquet")
    for part in ("orders/empty.csv is empty", "orders/short.csv has no column ordered_at", "5 of 5 new rows"):
        assert part in message
    assert message.count("Nothing of this night was kept") <= 2


def test_a_file_damaged_inside_does_not_hide_what_is_wrong_with_others(platform: Platform) -> None:
    whole = platform.drop("orders", "damaged.parquet", *orders(500))
    content = bytearray(whole.read_bytes())
    content[40:200] = b"\xff" * 160
    platform.write("orders", "damaged.parquet", bytes(content))
    platform.write("returns", "latin.csv", "return_id,café\nL1,é".encode("latin-1"))
    message = refused(platform)
    assert "orders/damaged.parquet cannot be read to its end" in message
    assert "returns/latin.csv is in an unknown encoding" in message


def test_a_file_without_a_header_is_refused_without_a_word_of_it(platform: Platform) -> None:
    platform.write("orders", "bare.csv", "L9,O9,欧阳小花,13812345678,wxid_abc123\n".encode() * 3)
    message = refused(platform)
    assert "it has 5 columns, none of which orders has; is the header there?" in message
    assert not {"欧阳小花", "13812345678", "wxid_abc123"} & set(message.replace(",", " ").split())


def test_a_header_that_is_nearly_right_is_told_with_its_mapping(platform: Platform) -> None:
    path = platform.drop("orders", "named.csv", *orders(1))
    path.write_bytes(path.read_bytes().replace(b"quantity", b"quantitiy"))
    message = refused(platform)
    assert "orders/named.csv has no column quantity (it has order_line_id" in message
    assert '[sources.tables.orders] columns = { "quantitiy" = "quantity" }' in message


@pytest.mark.parametrize(
    "name", ["~$orders.xlsx", "desktop.ini", "Thumbs.db", ".DS_Store", "orders.csv.part", "a.crdownload", "_SUCCESS"]
)
def test_what_systems_leave_beside_files_is_passed_over_and_told(
    platform: Platform, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    platform.write("orders", name, b"anything")
    with caplog.at_level("INFO", logger="xuanpin.ingest"):
        assert platform.night() == (0, 0)
    assert f"orders: 1 file is skipped, not being drops, such as orders/{name}" in caplog.text


def test_names_are_no_patterns_and_may_have_any_bytes(platform: Platform) -> None:
    platform.drop("orders", "o[1].csv", *orders(2))
    platform.drop("orders", "o1.csv", *[row("orders", order_line_id=f"M{n}") for n in range(3)])
    platform.drop("orders", "*.csv", row("orders", order_line_id="N1"))
    strange = bytes(platform.sources / "orders") + b"/\xb6\xa9\xb5\xa5.csv"
    with open(strange, "wb") as out:
        out.write((platform.sources / "orders" / "*.csv").read_bytes().replace(b"N1", b"N2"))
    assert platform.night() == (7, 7)
    assert platform.night() == (0, 0)
    paths = platform.values("select path from ops.drops where table_name = 'orders' order by rows, path")
    assert "orders/\\xb6\\xa9\\xb5\\xa5.csv" in paths


def test_a_file_that_grows_while_it_is_looked_at_is_left_for_the_next_night(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    platform.drop("orders", "grows.csv", *orders(3))
    stamps = count()
    whole = drops.stamp_of
    monkeypatch.setattr(
        drops, "stamp_of", lambda file: f"1:{next(stamps)}" if file.name == "grows.csv" else whole(file)
    )
    assert platform.night() == (0, 0)
    assert "1 file is still being written and left for the next night, such as orders/grows.csv" in caplog.text
    monkeypatch.setattr(drops, "stamp_of", whole)
    assert platform.night() == (3, 3)


def test_a_file_that_changes_while_it_is_read_refuses_the_night(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown = platform.drop("orders", "grows.csv", *orders(3))
    whole = drop_formats.open_drop

    def open_and_grow(opening: Any, drop: Any, **how: Any) -> RawFile:
        raw = whole(opening, drop, **how)
        if drop.file == grown:
            grown.write_bytes(grown.read_bytes() + b"L9\r\n")
        return raw

    monkeypatch.setattr(incoming, "open_drop", open_and_grow)
    assert "file orders/grows.csv was written to while it was read" in refused(platform)


def test_the_path_of_a_home_is_no_pattern(tmp_path: Path) -> None:
    platform = Platform(tmp_path / "home [1] *").begun()
    platform.drop("orders", "some.csv", *orders(2))
    assert platform.night() == (2, 2)


def test_every_row_knows_its_number_in_its_file(platform: Platform) -> None:
    bad = row("orders", order_line_id="X1", quantity=-1)
    platform.drop("orders", "a.csv", *orders(150), bad, *orders(60))
    platform.drop("orders", "b.csv", *[row("orders", order_line_id=f"M{n}") for n in range(70)])
    found = []
    whole = quarantine.check_rows

    def look(engine: Any, contract: Any, relation: Any, now: Any) -> int:
        count = whole(engine, contract, relation, now)
        if contract.name == "orders":
            found.extend(engine.query("select drop_row from temp.checked where len(rules) > 0").to_pylist())
        return count

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quarantine, "check_rows", look)
        platform.night()
    assert found == [{"drop_row": 152}]


@pytest.mark.parametrize("table", [name for name in DEFAULTS if name != "overrides"])
def test_a_missing_source_table_refuses_the_night(platform: Platform, table: str) -> None:
    (platform.sources / table).rmdir()
    assert f"source table {table} is missing: there is no {table} in sources" in refused(platform)


def test_tables_that_never_had_a_drop_refuse_the_first_night(new_platform: Platform) -> None:
    tables = ("products", "inventory", "agents", "groups", "orders")
    for table in tables:
        (new_platform.sources / table / "first.jsonl").unlink()
    message = refused(new_platform, held={"ops.warehouse_version": 1})
    assert [table for table in tables if f"source table {table} is missing: no drop of it has ever" in message] == [
        *tables
    ]


def test_returns_and_chat_may_be_empty_and_overrides_missing_as_a_whole(new_platform: Platform) -> None:
    for table in ("returns", "chat_messages"):
        (new_platform.sources / table / "first.jsonl").unlink()
    (new_platform.sources / "overrides").rmdir()
    assert new_platform.night() == (5, 5)


@pytest.mark.parametrize("table", list(DEFAULTS))
def test_a_drop_without_a_required_column_is_refused(platform: Platform, table: str) -> None:
    required = [name for name in DEFAULTS[table] if name not in ("price_min", "commission_rate", "customer_name")]
    required = [name for name in required if name != "group_id" or table != "orders"]
    platform.drop(table, "short.csv", row(table, **{required[-1]: ...}))
    message = refused(platform)
    assert f"{table}: file {table}/short.csv has no column {required[-1]} (it has" in message


def test_an_optional_column_may_be_absent(platform: Platform) -> None:
    platform.drop("orders", "short.csv", *orders(2, group_id=..., customer_name=...))
    assert platform.night() == (2, 2)


def test_a_column_that_no_row_casts_to_its_type_is_refused(platform: Platform) -> None:
    platform.drop("orders", "words.csv", *orders(3, ordered_at="昨天"))
    message = refused(platform)
    assert "file orders/words.csv has 3 values in column ordered_at and none of them is a TIMESTAMPTZ" in message
    assert "昨天" not in message


BROKEN: list[tuple[str, dict[str, Any], str]] = [
    ("orders", {"quantity": -1}, "quantity_below_minimum"),
    ("orders", {"quantity": "2.5"}, "quantity_type"),
    ("orders", {"unit_price": "-1"}, "unit_price_below_minimum"),
    ("orders", {"status": "lost"}, "status_not_allowed"),
    ("orders", {"sku_id": ""}, "sku_id_blank"),
    ("orders", {"ordered_at": "2026-11-21T12:00:00+08:00"}, "ordered_at_after_updated_at"),
    ("orders", {"ordered_at": "2026-11-22 12:00", "updated_at": "2026-11-22 12:00"}, "ordered_at_after_now"),
    ("orders", {"ordered_at": "2026-11-25"}, "ordered_at_implausible"),
    ("orders", {"ordered_at": "26/10/05 10:00"}, "ordered_at_type"),
    ("orders", {"delivered_at": "1999-11-21"}, "delivered_at_implausible"),
    ("orders", {"updated_at": "1970-01-01 08:00:00"}, "updated_at_implausible"),
    ("orders", {"updated_at": "0000-00-00 00:00:00"}, "updated_at_implausible"),
    ("orders", {"delivered_at": "2026-11-21T22:00:00+08:00"}, "delivered_at_after_updated_at"),
    ("products", {"list_price": "0"}, "list_price_below_minimum"),
    ("products", {"list_price": "面议"}, "list_price_type"),
    ("products", {"launched_on": "2026-13-01"}, "launched_on_type"),
    ("products", {"is_clearance": "也许"}, "is_clearance_type"),
    ("inventory", {"sellable_units": "12.5"}, "sellable_units_type"),
    ("inventory", {"as_of_date": "2026-11-29"}, "as_of_date_implausible"),
    ("agents", {"min_satisfaction": 1.5}, "min_satisfaction_above_maximum"),
    ("agents", {"daily_slots": -1}, "daily_slots_below_minimum"),
    ("groups", {"member_count": -5}, "member_count_below_minimum"),
    ("returns", {"reason_code": "bored"}, "reason_code_not_allowed"),
    ("returns", {"requested_at": None}, "requested_at_missing"),
    ("chat_messages", {"sender_role": "robot"}, "sender_role_not_allowed"),
    ("chat_messages", {"text": None}, "text_missing"),
    ("overrides", {"ends_on": "2026-11-01"}, "ends_on_before_starts_on"),
]


KEYS = {"overrides": "override_id", "chat_messages": "message_id", "orders": "order_line_id", "returns": "return_id"}
KEYS |= {"products": "sku_id", "agents": "agent_id", "groups": "group_id", "inventory": "as_of_date"}


@pytest.fixture(scope="module")
def set_aside(tmp_path_factory: pytest.TempPathFactory) -> dict[Any, Any]:
    """What one night sets aside, by table and key, when every row of BROKEN is among its drops."""
    platform = Platform(tmp_path_factory.mktemp("broken"), Settings(ingest=IngestSettings(bad_share=1))).begun()
    for place, (table, fault, _) in enumerate(BROKEN):
        key = f"2026-01-{place + 1:02d}" if table == "inventory" else f"X{place}"
        platform.drop(table, f"bad{place}.jsonl", row(table, **{KEYS[table]: key, **fault}))
    assert platform.night() == (len(BROKEN), 0), "the night goes on"
    found = platform.query("select * from ops.quarantine")
    assert len(found) == len(BROKEN)
    return {entry["drop_path"]: entry for entry in found}


@pytest.mark.parametrize(("place", "rule"), list(enumerate(rule for _, _, rule in BROKEN)))
def test_a_row_that_breaks_a_rule_is_set_aside(set_aside: dict[Any, Any], place: int, rule: str) -> None:
    table, fault, _ = BROKEN[place]
    found = set_aside[f"{table}/bad{place}.jsonl"]
    assert (found["table_name"], found["state"], found["rules"]) == (table, "rejected", [rule])
    (column, value), *_ = fault.items()
    kept = json.loads(found["row"])[column]
    assert kept is None if value is None else kept.startswith(str(value)[:10]), "the value is kept as it came"


def test_more_than_one_percent_of_bad_rows_refuses_the_night(platform: Platform) -> None:
    platform.drop("orders", "mixed.csv", *orders(150), *orders(2, quantity=-1, unit_price="-1"))
    message = refused(platform)
    assert "orders: 2 of 152 new rows (1.32%) break quantity_below_minimum, unit_price_below_minimum" in message
    assert "more than the 1.00%" in message
    assert "L100, L101 in orders/mixed.csv" in message


def test_one_percent_is_accepted(platform: Platform) -> None:
    platform.drop("orders", "mixed.csv", *orders(200), *[row("orders", quantity=-1)] * 2)
    assert platform.night() == (202, 200)
    assert platform.values("select count(*) from ops.quarantine") == [1], "the same bad row is kept once"


def test_a_rule_may_have_a_share_of_its_own(tmp_path: Path) -> None:
    shares = {"orders.quantity_below_minimum": 0.5}
    platform = Platform(tmp_path, Settings(ingest=IngestSettings(rule_shares=shares))).begun()
    platform.drop("orders", "mixed.csv", *orders(3, quantity=-1))
    with pytest.raises(InputRefused, match=r'rule_shares."orders.quantity_below_minimum"'):
        platform.night()
    platform.drop("orders", "more.csv", *[row("orders", order_line_id=f"N{number}") for number in range(3)])
    assert platform.night() == (6, 3)


def test_a_share_for_an_unknown_rule_names_the_nearest(tmp_path: Path) -> None:
    platform = Platform(tmp_path, Settings(ingest=IngestSettings(rule_shares={"orders.quantity_minimum": 0.5})))
    platform.begun().drop("orders", "more.csv", *orders(1))
    with pytest.raises(UsageError, match=r"the nearest is orders\.quantity_below_minimum"):
        platform.night()


def test_a_refused_night_keeps_what_the_nights_before_it_kept(platform: Platform) -> None:
    before = platform.query("select * from source.orders"), platform.query("select * from ops.drops")
    platform.drop("orders", "good.jsonl", *orders(3))
    platform.write("returns", "bad.csv", b"")
    with pytest.raises(InputRefused):
        platform.night()
    assert (platform.query("select * from source.orders"), platform.query("select * from ops.drops")) == before
    (platform.sources / "returns" / "bad.csv").unlink()
    assert platform.night() == (3, 3)


def test_a_crash_in_mid_ingest_leaves_the_state_before(platform: Platform) -> None:
    platform.drop("orders", "more.jsonl", *orders(3))
    platform.drop("returns", "more.jsonl", row("returns", return_id="R9"))
    crash = f"""
        import os, pathlib, signal, sys
        sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
        from tests.support.drop_folder import Platform
        from xuanpin.pipelines.ingest import admission
        whole = admission.admit
        def cut(engine, contract, drop_seq, notes):
            admitted = whole(engine, contract, drop_seq, notes)
            if contract.name == "returns":
                os.kill(os.getpid(), signal.SIGKILL)
            return admitted
        admission.admit = cut
        Platform(pathlib.Path({str(platform.sources.parent)!r})).night()
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(crash)], capture_output=True, check=False)
    assert ended.returncode == -9, ended.stderr.decode()
    assert platform.values("select count(*) from source.orders") == [1]
    assert platform.night() == (4, 4)
    assert not (platform.home.root / "scratch").exists(), "nothing unredacted stays behind"
