"""The two worked examples read what they say they read."""

import shutil
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.support.drop_folder import NOW
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.ingest.step import ingest
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]
SHOP = Path(__file__).parent / "chinese_shop_export"


def ingested(config: Path, sources: Path, home: Path, as_of_date: date) -> Any:
    """An open engine after one ingest."""
    engine = open_home(Home(home), threads=1)
    counts = ingest(Night(engine, load_settings(config), Home(home), as_of_date, sources, NOW))
    return engine, counts


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, tuple[int, int]]]:
    config = ROOT / "examples" / "chinese_shop" / "xuanpin.toml"
    engine, counts = ingested(config, SHOP, tmp_path_factory.mktemp("shop"), date(2026, 11, 21))
    yield engine, counts
    engine.close()


def test_every_row_of_the_chinese_export_is_admitted(shop: tuple[Engine, tuple[int, int]]) -> None:
    engine, counts = shop
    assert counts == (18, 18)
    assert engine.query("select * from ops.quarantine").num_rows == 0


def test_a_view_reads_what_renaming_cannot(shop: tuple[Engine, tuple[int, int]]) -> None:
    engine, _ = shop
    columns = "title, category, list_price, style_tags, series_tags, is_cold_chain, launched_on, commission_rate"
    found = engine.query(f"select {columns} from source.products order by sku_id").to_pylist()
    assert found[0] == {
        "title": "法式真丝连衣裙",
        "category": "女装/连衣裙",
        "list_price": Decimal("1299.00"),
        "style_tags": ["法式", "通勤"],
        "series_tags": ["秋日"],
        "is_cold_chain": False,
        "launched_on": date(2026, 9, 1),
        "commission_rate": Decimal("0.1200"),
    }
    assert found[1]["style_tags"] == []
    assert found[1]["is_cold_chain"] is True


def test_headers_and_words_are_translated(shop: tuple[Engine, tuple[int, int]]) -> None:
    engine, _ = shop
    columns = "order_line_id, sku_id, ordered_at, status, delivered_at, carrier_id"
    found = engine.query(f"select {columns} from source.orders order by order_line_id").to_pylist()
    assert found[0] == {
        "order_line_id": "DD1001-1",
        "sku_id": "SP001",
        "ordered_at": datetime(2026, 11, 16, 21, 14, 5),
        "status": "delivered",
        "delivered_at": datetime(2026, 11, 18, 15, 20),
        "carrier_id": "顺丰",
    }
    assert [row["status"] for row in found] == ["delivered", "delivered", "cancelled", "paid"]
    assert engine.query("select reason_code from source.returns")["reason_code"].to_pylist() == ["spoiled"]


def test_what_buyers_wrote_is_stored_without_their_names_and_phones(shop: tuple[Engine, tuple[int, int]]) -> None:
    engine, _ = shop
    assert engine.query("select comment from source.returns")["comment"].to_pylist() == [
        "烂了好几颗，联系我 〔电话〕 〔姓名〕"
    ]
    texts = engine.query("select text from source.chat_messages order by message_id")["text"].to_pylist()
    assert texts[2] == "裙子垂感很好，\n很喜欢"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('columns = { "编码" = "sku" }', "there is no column sku; the nearest known one is sku_id"),
        ('values = { stauts = { "在售" = "active" } }', "there is no column stauts; the nearest known one is status"),
        ('values = { status = { "在售" = "activ" } }', "there is no value activ; the nearest known one is active"),
        ('view = "views/none.sql"', "cannot be read"),
        ('view = "broken.sql"', "view broken.sql does not run over 商品资料"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "broken.sql").write_text('select "没有" from "drop"', encoding="utf-8")
    config = tmp_path / "xuanpin.toml"
    config.write_text(f'[sources.tables.products]\nreads = "商品资料"\n{line}\n', encoding="utf-8")
    sources = tmp_path / "sources"
    shutil.copytree(SHOP, sources)
    for table in ("inventory", "agents", "groups", "orders", "returns", "chat_messages"):
        (sources / table).mkdir()
        if table not in ("returns", "chat_messages"):
            (sources / table / "rows.csv").write_text("sku_id\nS1\n", encoding="utf-8")
    with pytest.raises(UsageError, match=says):
        ingested(config, sources, tmp_path / "home", date(2026, 11, 21))


@pytest.fixture(scope="module")
def retail(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[tuple[Engine, tuple[int, int]]]:
    folder = tmp_path_factory.mktemp("retail")
    (folder / "sources" / "lines").mkdir(parents=True)
    shutil.copy(shared_data / "online_retail_lines_dev.parquet", folder / "sources" / "lines" / "lines.parquet")
    config = ROOT / "examples" / "online_retail" / "xuanpin.toml"
    engine, counts = ingested(config, folder / "sources", folder / "home", date(2011, 8, 15))
    yield engine, counts
    engine.close()


def test_the_public_set_is_admitted_almost_whole(retail: tuple[Engine, tuple[int, int]]) -> None:
    engine, (read, admitted) = retail
    rejected = engine.query("select table_name, rules from ops.quarantine where state = 'rejected'").to_pylist()
    waiting = engine.query("select rules from ops.quarantine where state = 'waiting'").to_pylist()
    assert rejected == []
    assert admitted + len(waiting) == read
    assert len(waiting) < 100, "only SKUs that were never sold at a price are unknown"
    assert engine.query("select count(*) as n from source.orders")["n"][0].as_py() > 200_000
    assert engine.query("select count(*) as n from source.chat_messages")["n"][0].as_py() == 0


def test_cancellations_find_the_sales_that_the_public_matching_found(
    retail: tuple[Engine, tuple[int, int]], shared_data: Path
) -> None:
    engine, _ = retail
    engine.store("night.theirs", pq.read_table(shared_data / "online_retail_matched_returns_dev.parquet"))
    agreed = engine.query(
        """
        select
            count(*) as matched,
            count(returns.return_id) as found,
            count(*) filter (returns.order_line_id = cast(theirs.sale_line_id as varchar)) as same_sale
        from night.theirs
        left join source.returns on returns.return_id = cast(theirs.cancel_line_id as varchar)
        """
    ).to_pylist()[0]
    assert agreed["found"] > 0.9 * agreed["matched"]
    assert agreed["same_sale"] > 0.9 * agreed["found"]


def test_no_day_of_the_public_set_knows_a_later_one(retail: tuple[Engine, tuple[int, int]]) -> None:
    engine, _ = retail
    late = "select count(*) as n from source.orders where known_on <> cast(ordered_at as date)"
    assert engine.query(late)["n"][0].as_py() == 0
    spread = engine.query("select count(distinct category) as n from source.products")["n"][0].as_py()
    assert spread == 12
