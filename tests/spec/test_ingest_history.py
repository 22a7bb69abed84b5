"""Which versions of a row are kept, from which day a run may see them, and what waits for what."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.drop_folder import Platform, row, stored_columns
from xuanpin.pipelines.errors import InputRefused

pytestmark = pytest.mark.whole


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform(tmp_path).begun()


@pytest.fixture
def new_platform(tmp_path: Path) -> Platform:
    """A platform before its first night."""
    return Platform(tmp_path).fill()


def known_on(platform: Platform, table: str) -> list[str]:
    return [f"{day:%m-%d}" for day in platform.values(f"select known_on from source.{table} order by known_on")]


def waiting(platform: Platform) -> dict[str, list[str]]:
    found = platform.query("select table_name, key, rules from ops.quarantine where state = 'waiting'")
    return {f"{entry['table_name']} {entry['key']}": entry["rules"] for entry in found}


def fingerprints(platform: Platform) -> list[dict[str, Any]]:
    return platform.query("select table_name, known_on, rows, fingerprint from ops.arrivals order by all")


def test_only_new_drops_are_read(new_platform: Platform) -> None:
    platform = new_platform
    assert platform.night() == (7, 7)
    assert platform.night() == (0, 0)
    platform.drop("orders", "deep/2026/more.jsonl", row("orders", order_line_id="L2"))
    assert platform.night() == (1, 1)
    paths = platform.query("select path, rows, drop_seq from ops.drops where table_name = 'orders' order by path")
    assert [(entry["path"], entry["rows"], entry["drop_seq"]) for entry in paths] == [
        ("orders/deep/2026/more.jsonl", 1, 2),
        ("orders/first.jsonl", 1, 1),
    ]


def test_the_same_content_under_another_name_is_not_read_again(platform: Platform) -> None:
    content = platform.drop("orders", "first.jsonl", row("orders")).read_bytes()
    platform.write("orders", "copy.jsonl", content)
    assert platform.night() == (0, 0), "the first night has read it"
    platform.write("orders", "first.jsonl", content)
    assert platform.night() == (0, 0), "written again, nothing new in it"


def test_a_file_that_was_written_over_is_read_again(platform: Platform) -> None:
    platform.drop("orders", "first.jsonl", row("orders", order_line_id="L7"))
    assert platform.night() == (1, 1)
    assert platform.values("select order_line_id from source.orders order by 1") == ["L1", "L7"]


def test_markers_and_half_copied_files_are_no_drops(platform: Platform) -> None:
    platform.write("orders", "_SUCCESS", b"")
    platform.write("orders", ".part.csv", b"")
    assert platform.night() == (0, 0)


def test_the_same_row_again_is_kept_once_and_a_new_version_beside_the_old(platform: Platform) -> None:
    platform.drop("orders", "again.csv", row("orders"), row("orders", status="shipped"))
    assert platform.night() == (2, 1)
    platform.drop("orders", "later.parquet", row("orders"), row("orders", status="delivered"))
    assert platform.night() == (2, 1)
    assert platform.values("select status from source.orders order by 1") == ["delivered", "paid", "shipped"]


def test_commission_is_kept_but_makes_no_new_version(platform: Platform) -> None:
    before = fingerprints(platform)
    platform.drop("products", "paid_more.jsonl", row("products", commission_rate="0.2500"))
    assert platform.night() == (1, 0)
    assert fingerprints(platform) == before
    assert [str(rate) for rate in platform.values("select commission_rate from source.products")] == ["0.1000"]


@pytest.mark.parametrize(
    ("table", "changed", "expected"),
    [
        ("orders", {"updated_at": "2026-11-20T23:59:59+08:00"}, "11-20"),
        ("orders", {"updated_at": "2026-11-20T16:00:00Z"}, "11-21"),
        ("orders", {"updated_at": "2026-11-20", "ordered_at": "2026-11-21"}, "11-21"),
        ("orders", {"delivered_at": "2026-11-21T09:00:00"}, "11-20"),
        ("returns", {"requested_at": "2026-11-21T09:00:00"}, "11-21"),
        ("chat_messages", {"sent_at": "2026/11/21 9:05"}, "11-21"),
        ("inventory", {"as_of_date": "2026-11-21"}, "11-21"),
        ("inventory", {"as_of_date": "2026-10-01"}, "11-20"),
        ("products", {"launched_on": "2026-12-24"}, "11-20"),
    ],
)
def test_a_row_is_known_from_the_day_of_its_stamp_and_of_what_it_refers_to(
    platform: Platform, table: str, changed: dict[str, str], expected: str
) -> None:
    platform.drop(table, "more.jsonl", row(table, **changed))
    assert platform.night() == (1, 1)
    assert platform.values(f"select strftime(known_on, '%m-%d') from source.{table} where drop_seq = 2") == [expected]


def test_an_old_order_is_known_when_its_product_is(new_platform: Platform) -> None:
    platform = new_platform
    platform.drop("orders", "first.jsonl", row("orders", ordered_at="2026-06-01", updated_at="2026-06-02"))
    platform.night()
    assert known_on(platform, "orders") == ["11-20"]
    older = row("products", updated_at="2026-05-01")
    platform.drop("products", "older.jsonl", older)
    platform.drop(
        "orders",
        "more.jsonl",
        row("orders", order_line_id="L2", ordered_at="2026-06-01", updated_at="2026-06-02", group_id=None),
    )
    platform.night()
    assert known_on(platform, "orders") == ["06-02", "11-20"]


def test_a_fact_waits_until_what_it_refers_to_arrives_and_is_then_counted_once(platform: Platform) -> None:
    platform.drop("orders", "early.jsonl", row("orders", order_line_id="L2", sku_id="S2"))
    assert platform.night() == (1, 0)
    assert waiting(platform) == {"orders L2": ["sku_id_unknown"]}
    platform.drop("orders", "again.jsonl", row("orders", order_line_id="L2", sku_id="S2", customer_name="别人"))
    assert platform.night() == (1, 0)
    assert len(waiting(platform)) == 1, "the same row waits once"
    platform.drop("products", "late.jsonl", row("products", sku_id="S2", updated_at="2026-11-21T08:00:00"))
    assert platform.night() == (1, 2)
    assert waiting(platform) == {}
    found = platform.query("select known_on, drop_seq from source.orders where order_line_id = 'L2'")
    assert found == [{"known_on": date(2026, 11, 21), "drop_seq": 4}], "it arrives with the batch that admits it"


def test_a_return_waits_for_an_order_that_waits_for_its_product(platform: Platform) -> None:
    platform.drop("returns", "early.jsonl", row("returns", return_id="R2", order_line_id="L2", comment="太薄"))
    assert platform.night() == (1, 0)
    platform.drop("orders", "early.jsonl", row("orders", order_line_id="L2", sku_id="S2", group_id="G2"))
    assert platform.night() == (1, 0)
    assert waiting(platform) == {
        "orders L2": ["group_id_unknown", "sku_id_unknown"],
        "returns R2": ["order_line_id_unknown"],
    }
    platform.drop("products", "late.jsonl", row("products", sku_id="S2"))
    platform.drop("groups", "late.jsonl", row("groups", group_id="G2"))
    assert platform.night() == (2, 4)
    assert waiting(platform) == {}


@pytest.mark.parametrize(
    ("table", "changed", "unknown"),
    [
        ("inventory", {"sku_id": "S9"}, "sku_id_unknown"),
        ("chat_messages", {"group_id": "G9"}, "group_id_unknown"),
        ("chat_messages", {"sku_id": "S9"}, "sku_id_unknown"),
        ("orders", {"group_id": "G9"}, "group_id_unknown"),
        ("overrides", {"sku_id": "S9"}, "sku_id_unknown"),
    ],
)
def test_waiting_rows_are_no_bad_rows(platform: Platform, table: str, changed: dict[str, str], unknown: str) -> None:
    before = platform.values(f"select count(*) from source.{table}")
    platform.drop(table, "more.jsonl", row(table, **changed))
    platform.night()
    assert next(iter(waiting(platform).values())) == [unknown]
    assert platform.values(f"select count(*) from source.{table}") == before


def test_a_row_that_waited_is_the_row_that_came(platform: Platform) -> None:
    full = row(
        "orders", order_line_id="L2", quantity=3, unit_price="0.10", status="delivered", carrier_id='顺丰 "快"|x',
        ordered_at="2026-11-19T09:00:00.123456", delivered_at="2026-11-20T09:00:00",
    )  # fmt: skip
    platform.drop("orders", "two.jsonl", full, {**full, "order_line_id": "L3", "sku_id": "S3"})
    platform.night()
    platform.drop("products", "late.jsonl", row("products", sku_id="S3"))
    platform.night()
    columns = [name for name in stored_columns("orders") if name not in ("order_line_id", "sku_id")]
    at_once, waited = platform.query(
        f"select {', '.join(columns)} from source.orders where order_line_id <> 'L1' order by order_line_id"
    )
    assert at_once == waited
    assert at_once["ordered_at"] == datetime(2026, 11, 19, 9, 0, 0, 123456)


def test_the_outcome_does_not_depend_on_how_rows_were_split_into_drops(tmp_path: Path) -> None:
    versions = [row("orders", order_line_id=f"L{n}", status=status) for n in range(4) for status in ("paid", "shipped")]
    whole, split = Platform(tmp_path / "whole").begun(), Platform(tmp_path / "split").begun()
    whole.drop("orders", "all.parquet", *versions)
    whole.night()
    for place, version in enumerate(reversed(versions)):
        split.drop("orders", f"part{place}.csv", version, encoding="gb18030")
        if place % 3 == 0:
            split.night()
    split.night()
    assert fingerprints(whole) == fingerprints(split)


def test_the_overrides_of_the_home_are_read_with_those_of_the_platform(platform: Platform) -> None:
    platform.home.overrides.mkdir()
    own = row("overrides", override_id="V2", action="ban")
    (platform.home.overrides / "V2.json").write_text(json.dumps(own, ensure_ascii=False), encoding="utf-8")
    platform.drop("overrides", "theirs.csv", row("overrides"))
    assert platform.night() == (2, 2)
    assert platform.values("select path from ops.drops where table_name = 'overrides' order by 1") == [
        "home/V2.json",
        "overrides/theirs.csv",
    ]


def test_what_waits_is_told_with_what_may_be_meant(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    platform.drop("products", "more.csv", row("products", sku_id="00123"), row("products", sku_id="ab-1"))
    unknown = [
        row("orders", order_line_id=f"L{place}", sku_id=name) for place, name in enumerate(("123", "AB1", "S9"), 2)
    ]
    platform.drop("orders", "more.csv", *unknown, row("orders", order_line_id="L9", group_id="G7"))
    assert platform.night() == (6, 2)
    assert (
        "orders: 4 of 4 new rows refer to unknown ids: group_id G7 of no groups row, sku_id 123 (did you mean "
        "00123?), AB1 (did you mean ab-1?), S9 of no products row; the rows are admitted when the ids arrive "
        "(waiting in all: 4)"
    ) in caplog.text


@pytest.mark.parametrize(("known", "is_refused"), [(21, False), (20, False), (19, True)])
def test_a_batch_most_of_which_would_wait_is_refused(platform: Platform, known: int, is_refused: bool) -> None:
    rows = [
        row("orders", order_line_id=f"N{place}", sku_id="S1" if place <= known else "s-01") for place in range(1, 41)
    ]
    platform.drop("orders", "more.csv", *rows)
    if not is_refused:
        assert platform.night() == (40, known)
        return
    with pytest.raises(InputRefused) as refusal:
        platform.night()
    message = str(refusal.value)
    assert "orders: 21 of 40 new rows refer to unknown ids: sku_id s-01 of no products row" in message
    assert "more than the 50% that [ingest] waiting_share accepts" in message
    assert "orders/more.csv" in message


def test_a_handful_that_waits_refuses_no_night(platform: Platform) -> None:
    platform.drop("orders", "more.csv", *(row("orders", order_line_id=f"N{n}", sku_id="S9") for n in range(19)))
    assert platform.night() == (19, 0)


def test_ids_that_had_to_be_cleaned_are_told_and_counted_by_day(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    written = ('="S1"', "S1\u200b", "S1  ", "Ｓ1", "S1", '{"$oid": "S1"}')
    orders = [row("orders", order_line_id=f"N{place}", sku_id=name) for place, name in enumerate(written)]
    platform.drop("orders", "odd.csv", *orders, row("orders", order_line_id="N8", sku_id=" S9", group_id="'G1"))
    platform.drop("orders", "none.jsonl", row("orders", order_line_id="N9", group_id="NULL"))
    assert platform.night() == (8, 7)
    assert (
        "orders: 3 new rows, some in orders/odd.csv: sku_id is unknown as it was written and known once it is cleaned "
        "of spaces, marks and quotes, such as S1; admitted. Write the ids as products does"
    ) in caplog.text
    assert "group_id is unknown" not in caplog.text, "N8 waits for its SKU"
    cleaned = "select rows, cleaned_rows from ops.arrivals where table_name = 'orders'"
    assert platform.query(cleaned) == [{"rows": 8, "cleaned_rows": 3}]
    platform.drop("orders", "later.csv", row("orders", order_line_id="N7", group_id="'G1"))
    platform.night()
    assert "orders: 1 new row, in orders/later.csv: group_id is unknown" in caplog.text
    assert platform.query(cleaned) == [{"rows": 9, "cleaned_rows": 4}]
    assert (
        platform.query("select cleaned_rows from ops.arrivals where table_name <> 'orders' and cleaned_rows > 0") == []
    )


def test_of_a_row_that_comes_as_it_should_and_otherwise_the_good_one_counts(platform: Platform) -> None:
    platform.drop(
        "orders", "same.csv", row("orders", order_line_id="N1", sku_id="'S1"), row("orders", order_line_id="N1")
    )
    platform.night()
    assert platform.values("select cleaned_rows from ops.arrivals where table_name = 'orders'") == [None]


def test_a_row_that_waits_keeps_its_place_and_how_its_ids_were_written(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    good = [row("orders", order_line_id=f"N{number}") for number in range(2)]
    platform.drop("orders", "odd.csv", *good, row("orders", order_line_id="N9", sku_id="'S9"))
    platform.night()
    waiting = "select drop_path, drop_row, cleaned_ids from ops.quarantine"
    assert platform.query(waiting) == [{"drop_path": "orders/odd.csv", "drop_row": 4, "cleaned_ids": ["sku_id"]}]
    platform.night()
    assert platform.query(waiting) == [{"drop_path": "orders/odd.csv", "drop_row": 4, "cleaned_ids": ["sku_id"]}]
    platform.drop("products", "late.jsonl", row("products", sku_id="S9"))
    platform.night()
    assert platform.query(waiting) == []
    assert "orders: 1 new row, in orders/odd.csv: sku_id is unknown as it was written" in caplog.text
    assert platform.values("select sum(cleaned_rows) from ops.arrivals where table_name = 'orders'") == [1]
