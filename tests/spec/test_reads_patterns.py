"""What `reads` of a source table finds: names, patterns with *, members of zip archives, sheets of workbooks."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.support.drop_folder import NOW, Platform, row
from xuanpin.pipelines.connect.file_names import reads_of
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.checking import check_sources
from xuanpin.pipelines.ingest.places import Place, find_places, name_matches, shown_path
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.running import SourceTable


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("订单*.xlsx", "订单20261128.xlsx", True),
        ("订单*.xlsx", "订单.xlsx", True),
        ("订单*.xlsx", "老订单.xlsx", False),
        ("订单[1].xlsx", "订单[1].xlsx", True),
        ("订单[1].xlsx", "订单1.xlsx", False),
        ("订单?.csv", "订单1.csv", False),
        ("*售后*.csv", "11月售后单.csv", True),
        ("caf\u00e9*.csv", "cafe\u0301 1.csv", True),
    ],
)
def test_only_the_star_is_a_mark(pattern: str, name: str, matches: bool) -> None:
    assert name_matches(pattern, name) is matches


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def in_gb18030(files: Mapping[str, bytes]) -> bytes:
    """An archive whose names stand in it as a program on a Chinese system writes them: GB18030, without a mark."""
    plain = {name.encode("gb18030"): content for name, content in files.items()}
    stand_ins = {raw: chr(97 + number) * len(raw) for number, raw in enumerate(plain)}
    content = zipped({stand_ins[raw]: body for raw, body in plain.items()})
    for raw, stand_in in stand_ins.items():
        content = content.replace(stand_in.encode(), raw)
    return content


def test_what_is_found_by_name_pattern_and_archive(tmp_path: Path) -> None:
    for name in ("订单1.csv", "订单2.csv", "a*b.csv", "售后.csv"):
        (tmp_path / name).write_text("x")
    (tmp_path / "导出.zip").write_bytes(in_gb18030({"订单/十月.csv": b"a", "订单/十一月.csv": b"b", "售后.csv": b"c"}))
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 nothing follows PK\x05\x06")
    found = {
        reads: [(place.path.name, place.member) for place in find_places(tmp_path, reads)]
        for reads in ("订单*.csv", "a*b.csv", "导出.zip", "导出.zip/订单/*.csv", "*.zip/售后.csv", "none*.csv")
    }
    assert found == {
        "订单*.csv": [("订单1.csv", ""), ("订单2.csv", "")],
        "a*b.csv": [("a*b.csv", "")],
        "导出.zip": [("导出.zip", "")],
        "导出.zip/订单/*.csv": [("导出.zip", "订单/十一月.csv"), ("导出.zip", "订单/十月.csv")],
        "*.zip/售后.csv": [("导出.zip", "售后.csv")],
        "none*.csv": [],
    }
    assert find_places(tmp_path, "订单1.csv") == [Place(tmp_path / "订单1.csv")]


@pytest.mark.parametrize("name", [" a|b.csv", "a|b ", "\udcb6\udca9.csv", "订\u3000单\t.csv", "订单\u3000.csv"])
def test_any_name_is_found_by_what_connecting_writes(tmp_path: Path, name: str) -> None:
    for other in (name, "a.csv", "b.csv"):
        (tmp_path / other).write_text("x")
    (tmp_path / "all.zip").write_bytes(zipped(dict.fromkeys(("a|b.csv", "订\u3000单.csv"), b"x")))
    assert find_places(tmp_path, reads_of([shown_path(Path(name))], ["a.csv", "b.csv"])) == [Place(tmp_path / name)]
    members = [place.member for place in find_places(tmp_path, r"all.zip/a\x7c*.csv|all.zip/订\u3000*.csv")]
    assert members == ["a|b.csv", "订\u3000单.csv"]


def test_several_patterns_are_parted_by_a_bar_and_a_file_of_both_is_found_once(tmp_path: Path) -> None:
    for name in ("评论1.csv", "作品1.csv", "订单1.csv"):
        (tmp_path / name).write_text("a")
    found = find_places(tmp_path, "评论*.csv | 作品1.csv|作品*.csv|")

    assert [place.path.name for place in found] == ["评论1.csv", "作品1.csv"]


@pytest.mark.parametrize("reads", ["a.csv|../b.csv", "a.csv | /etc/passwd"])
def test_each_of_several_patterns_stays_below_the_sources(reads: str) -> None:
    with pytest.raises(ValueError, match="below --sources"):
        SourceTable(reads=reads)


def settings(reads: str, **more: Any) -> Settings:
    return Settings.model_validate({"sources": {"tables": {"orders": {"reads": reads, **more}}}})


def csv_of(**changed: Any) -> bytes:
    found = row("orders", **changed)
    return (",".join(found) + "\n" + ",".join(map(str, found.values())) + "\n").encode()


def orders_read(platform: Platform) -> tuple[int, list[str], list[str]]:
    findings = next(
        entry for entry in check_sources(platform.sources, platform.settings, NOW) if entry.table == "orders"
    )
    return findings.rows, list(findings.refusals), findings.passed_over


def test_members_of_an_archive_are_drops_of_their_own(tmp_path: Path) -> None:
    platform = Platform(tmp_path, settings("export*.zip/*订单*.csv")).begun()
    archive = platform.sources / "export1.zip"
    archive.write_bytes(zipped({"订单1.csv": csv_of(order_line_id="L2"), "订单2.csv": csv_of(order_line_id="L3")}))
    assert platform.night() == (2, 2)
    assert platform.night() == (0, 0)
    archive.write_bytes(zipped({"订单1.csv": csv_of(order_line_id="L2"), "订单9.csv": csv_of(order_line_id="L4")}))
    assert platform.night() == (1, 1)
    assert platform.values("select distinct path from ops.drops where path like 'export%' order by path") == [
        "export1.zip/订单1.csv",
        "export1.zip/订单2.csv",
        "export1.zip/订单9.csv",
    ]


def test_tomorrows_file_is_read_and_yesterdays_may_go(tmp_path: Path) -> None:
    platform = Platform(tmp_path, settings("订单*.csv")).begun()
    first = platform.sources / "订单20261120.csv"
    first.write_bytes(csv_of(order_line_id="L2"))
    (platform.sources / "~$订单20261120.csv").write_bytes(b"lock")
    assert platform.night() == (1, 1)
    first.unlink()
    assert platform.night() == (0, 0)
    (platform.sources / "订单20261121.csv").write_bytes(csv_of(order_line_id="L3"))
    assert platform.night() == (1, 1)


def test_a_pattern_that_never_found_anything_is_a_missing_table(tmp_path: Path) -> None:
    platform = Platform(tmp_path, settings("orders*.csv"))
    with pytest.raises(InputRefused, match=r"source table orders is missing: there is no orders\*\.csv"):
        platform.night()


def test_a_sealed_or_broken_member_is_refused_by_name(tmp_path: Path) -> None:
    platform = Platform(tmp_path, settings("a.zip/*.csv")).fill("orders")
    content = bytearray(zipped({"orders.csv": csv_of()}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    (platform.sources / "a.zip").write_bytes(bytes(content))
    assert orders_read(platform)[1][0].startswith("orders: file a.zip/orders.csv is a zip archive with a password")
    content = bytearray(zipped({"orders.csv": csv_of()}))
    content[content.index(b"order_line_id")] ^= 1
    (platform.sources / "a.zip").write_bytes(bytes(content))
    assert "a.zip/orders.csv cannot be unpacked to its end" in orders_read(platform)[1][0]


def workbook(sheets: Mapping[str, list[list[Any]]]) -> bytes:
    book = openpyxl.Workbook()
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for cells in rows:
            sheet.append(cells)
    del book["Sheet"]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_the_sheet_that_settings_name_is_read(tmp_path: Path) -> None:
    first, second = row("orders"), row("orders", order_line_id="L2", sku_id="S1")
    content = workbook(
        {name: [list(found), list(found.values())] for name, found in (("退款", first), ("订单11", second))}
    )
    for sheet, expected in (("订单*", ["L2"]), ("退款", ["L1"])):
        platform = Platform(tmp_path / sheet[:2], settings("book.xlsx", sheet=sheet)).fill("orders")
        (platform.sources / "book.xlsx").write_bytes(content)
        platform.night()
        assert platform.values("select order_line_id from source.orders") == expected
    platform = Platform(tmp_path / "none", settings("book.xlsx", sheet="明细")).fill("orders")
    (platform.sources / "book.xlsx").write_bytes(content)
    assert "book.xlsx has no sheet 明细 (it has 退款, 订单11)" in orders_read(platform)[1][0]


def test_a_view_finds_its_header_below_a_title_and_in_a_web_page(tmp_path: Path) -> None:
    view = tmp_path / "orders.sql"
    view.write_text('select *, "编号" || \'-1\' as order_line_id from "drop"')
    found = row("orders", order_line_id=...)
    names, values = ["编号", *found], ["O1", *map(str, found.values())]
    page = "".join(f"<tr><td>{'</td><td>'.join(cells)}</td></tr>" for cells in (["店铺订单"], names, values))
    platform = Platform(tmp_path, settings("订单.xls", view=str(view), accepts=["title_lines"])).fill("orders")
    (platform.sources / "订单.xls").write_text(f"<table>{page}</table>")
    platform.night()
    assert platform.values("select order_line_id from source.orders") == ["O1-1"]
