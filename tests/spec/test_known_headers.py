"""A shop's own names for tables and columns: a message proposes the mapping, and nothing is mapped by itself."""

from pathlib import Path

import pytest

from tests.support.drop_folder import NOW, Platform, row
from xuanpin.pipelines.context import RunRequest
from xuanpin.pipelines.contracts import OPTIONAL
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.checking import check_sources
from xuanpin.pipelines.ingest.drops import require_sources
from xuanpin.pipelines.ingest.known_headers import known_columns, known_tables
from xuanpin.pipelines.ingest.missing_tables import missing_tables
from xuanpin.pipelines.typed.phrase import as_is

HEADERS = {
    "order_line_id": "子订单号",
    "customer_id": "买家 ID（加密）",
    "status": "订单状态",
    "paid_amount": "实付金额",
}


@pytest.mark.parametrize(
    ("ours", "theirs", "known"),
    [
        ("order_id", ["订单号"], "订单号"),
        ("sku_id", ["ＳＫＵ编码"], "ＳＫＵ编码"),
        ("sku_id", [" 商品 编码 "], " 商品 编码 "),
        ("unit_price", ["备注", "实付单价（元）"], "实付单价（元）"),
        ("customer_id", ["買家編號"], "買家編號"),
        ("order_id", ["张三", "13812345678", ""], None),
    ],
)
def test_a_name_is_known_in_every_width_with_blanks_and_with_a_unit(
    ours: str, theirs: list[str], known: str | None
) -> None:
    assert known_columns("orders", [ours], theirs) == ({known: ours} if known else {})


def test_each_header_is_proposed_once_for_the_column_that_it_names_best() -> None:
    headers = ["订单号", "子订单号", "价格", "实付单价"]
    assert known_columns("orders", ["order_line_id", "order_id", "unit_price"], headers) == {
        "子订单号": "order_line_id",
        "订单号": "order_id",
        "实付单价": "unit_price",
    }


def test_folders_are_known_by_the_words_of_the_trade() -> None:
    assert known_tables(["orders", "returns"], ["订单", "Refunds", "杂项"]) == {"订单": "orders", "Refunds": "returns"}


def test_a_drop_under_the_shops_own_headers_is_refused_with_the_whole_mapping(tmp_path: Path) -> None:
    platform = Platform(tmp_path).fill()
    renamed = {HEADERS.get(name, name): value for name, value in row("orders").items()}
    platform.drop("orders", "export.csv", renamed | {"实付金额": 9, "张三": "13812345678"})
    found = {entry.table: entry for entry in check_sources(platform.sources, platform.settings, NOW)}
    (refusal,) = found["orders"].refusals
    assert (
        'columns = { "子订单号" = "order_line_id", "买家 ID（加密）" = "customer_id", "订单状态" = "status", '
        '"实付金额" = "paid_amount" }'
    ) in refusal
    assert "1381234" not in refusal


def test_headers_that_are_all_the_shops_own_are_not_taken_for_a_lack_of_a_header(tmp_path: Path) -> None:
    platform = Platform(tmp_path).fill()
    platform.drop("orders", "export.csv", {"订单号": "1", "下单时间": "2026/11/20", "张三": "x"})
    found = {entry.table: entry for entry in check_sources(platform.sources, platform.settings, NOW)}
    (refusal,) = found["orders"].refusals
    assert "it has 3 columns, 2 of them under a name that is known for one of ours" in refusal
    assert '{ "订单号" = "order_id", "下单时间" = "ordered_at" }' in refusal
    assert "张三" not in refusal


def told(sources: Path, *tables: str) -> str:
    return str(missing_tables(sources, dict(zip(tables, tables, strict=True))))


def test_a_folder_without_tables_names_the_one_beside_it_that_has_them(tmp_path: Path) -> None:
    for table in ("orders", "products"):
        (tmp_path / "demo" / "sources" / table).mkdir(parents=True)
    place = tmp_path / "demo" / "sources"
    assert f"Did you mean --sources {place}, which has orders, products?" in told(
        tmp_path / "demo", "orders", "products"
    )
    assert f"Did you mean --sources {place}, which has orders?" in told(place / "orders", "orders")
    assert "Did you mean" not in told(place, "returns")


def test_a_folder_under_the_shops_own_name_is_proposed(tmp_path: Path) -> None:
    (tmp_path / "订单").mkdir()
    message = told(tmp_path, "products", "orders")
    assert "source tables products, orders are missing: none of their folders is in" in message
    assert 'if 订单 is meant, write [sources.tables.orders] reads = "订单"' in message


def test_a_full_folder_is_not_listed_whole_and_hidden_files_never(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"file {number:02}").touch()
    (tmp_path / ".git").mkdir()
    message = told(tmp_path, "orders")
    assert "(it holds file 00, file 01, file 02, file 03, file 04, file 05, file 06, file 07 and 12 more)" in message
    assert InputRefused(as_is(message)).exit_code == 3


def test_the_first_night_names_every_table_that_is_missing(tmp_path: Path) -> None:
    platform = Platform(tmp_path).fill()
    for table in ("products", "returns"):
        next((platform.sources / table).iterdir()).unlink()
        (platform.sources / table).rmdir()
    request = RunRequest(NOW.date(), platform.home, platform.sources, platform.settings, NOW)
    with pytest.raises(InputRefused, match="source tables products, returns are missing"):
        require_sources(request, OPTIONAL)
    require_sources(request, (*OPTIONAL, "products", "returns"))
