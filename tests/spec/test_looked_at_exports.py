"""What looking at a folder finds: each table with its headers and rows, whatever the file, and what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.foreign_exports import as_csv, as_page, workbook, zipped
from xuanpin.pipelines.connect.connection import connection
from xuanpin.pipelines.connect.look import look
from xuanpin.pipelines.connect.recognition.recognising import recognise
from xuanpin.pipelines.errors import UsageError

ROWS = [{"订单编号": f"O{n}", "下单时间": f"2026-11-{n + 10}", "数量": n} for n in range(3)]
FOUND = (("订单编号", "下单时间", "数量"), 3, ("O0", "2026-11-10", "0"))
FILES = {
    "gb18030 below a title.csv": f"我的店铺 订单报表\r\n{as_csv(ROWS)}".encode("gb18030"),
    "utf16.txt": as_csv(ROWS, "\t").encode("utf-16"),
    "semicolon.csv": as_csv(ROWS, ";").encode(),
    "document.json": json.dumps({"data": ROWS}, ensure_ascii=False, indent=1).encode(),
    "one line.json": json.dumps({"data": ROWS}, ensure_ascii=False).encode(),
    "lines.jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS).encode(),
    "page.xls": as_page(ROWS).encode(),
    "book.xlsx": workbook({"订单": ROWS}),
    "one.zip": zipped({"订单.csv": as_csv(ROWS).encode("gb18030")}),
}
DOCUMENTS = dict.fromkeys(("document.json", "one line.json"), ("json_documents",))
LAYOUTS = {"gb18030 below a title.csv": ("title_lines",), **DOCUMENTS}


def test_every_kind_of_file_is_one_table(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    pq.write_table(pa.table({"订单编号": ["O0", "O1", "O2"], "数量": [0, 1, 2]}), tmp_path / "typed.parquet")
    found, unread = look(tmp_path)
    assert unread == []
    assert {looked.export.place: looked.layouts for looked in found if looked.layouts} == LAYOUTS
    texts = {looked.export.place: looked.export for looked in found if not looked.typed}
    shown = {name: (export.headers, export.row_count, export.rows[0]) for name, export in texts.items()}
    assert shown == dict.fromkeys(FILES, FOUND)
    assert [(looked.export.rows[1], looked.typed) for looked in found if looked.typed] == [
        (("O1", "1"), frozenset({"数量"}))
    ]


def test_sheets_and_members_are_tables_of_their_own(tmp_path: Path) -> None:
    notes = [{"说明": "系统导出"}]
    (tmp_path / "book.xlsx").write_bytes(workbook({"说明": notes, "订单": ROWS, "空": [{}]}))
    (tmp_path / "all.zip").write_bytes(zipped({"a/订单.csv": as_csv(ROWS).encode(), "b.csv": as_csv(ROWS).encode()}))
    found, unread = look(tmp_path)
    assert [(looked.export.place, looked.export.sheet, looked.export.row_count) for looked in found] == [
        ("all.zip/a/订单.csv", "", 3),
        ("all.zip/b.csv", "", 3),
        ("book.xlsx", "说明", 1),
        ("book.xlsx", "订单", 3),
    ]
    assert unread == []


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    files = {
        "good.csv": as_csv(ROWS).encode(),
        "empty.csv": b"",
        "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "no header.csv": b"O1,2026-11-10 10:00,3\nO2,2026-11-11 10:00,4\n",
        "broken.xlsx": workbook({"订单": ROWS})[:600],
        "~$good.xlsx": b"lock",
        "wide.csv": f"{','.join(f'列{n}' for n in range(1_001))}\n{',' * 1_000}\n".encode(),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "link.csv").symlink_to(__file__)
    (tmp_path / "gone.csv").symlink_to(tmp_path / "nowhere")
    found, unread = look(tmp_path)
    assert [looked.export.place for looked in found] == ["good.csv"]
    told = {file.place: str(file.why) for file in unread}
    assert told.keys() == {"empty.csv", "picture.csv", "no header.csv", "broken.xlsx", "link.csv", "wide.csv"}
    assert told["wide.csv"].startswith("has 1,001 columns, and at most 1,000 are looked at; export the columns of")
    assert told["link.csv"].startswith("is a link to a place outside the folder")
    assert told["empty.csv"] == "is empty (0 bytes); export it again, or remove it"
    assert told["no header.csv"].startswith("has no header: its first row is a row of data; export it with the names")


def test_a_long_table_is_sampled_all_over(tmp_path: Path) -> None:
    rows = [{"编号": f"N{n}", "数量": n} for n in range(7_001)]
    (tmp_path / "long.csv").write_text(as_csv(rows), encoding="utf-8")
    export = look(tmp_path)[0][0].export
    assert export.row_count == 7_001
    assert len(export.rows) == 1_760
    assert [row[0] for row in export.rows[18:22]] == ["N18", "N19", "N80", "N81"]
    assert export.rows[-1][0] == "N6979"


def test_a_folder_that_is_missing_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"the folder of exports .*nowhere"):
        look(tmp_path / "nowhere")


def test_exports_that_differ_in_what_nothing_reads_are_of_one_table(tmp_path: Path) -> None:
    texts = {
        "订单1.csv": "订单编号,下单时间,商品编码,数量,实付金额,订单状态,备注\nE1,2026-11-10 10:00:00,S1,1,10,完成,x\n",
        "订单2.csv": "订单编号,下单时间,商品编码,数量,实付金额,订单状态\nE2,2026-11-11 10:00:00,S2,2,20,已付款\n",
        "订单3.csv": "订单编号,下单时间,商品编码,实付金额,订单状态\nE3,2026-11-12 10:00:00,S2,20,已付款\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    groups = connection(tmp_path, recognise).groups
    assert [(group.places, len(group.export.headers), group.export.row_count) for group in groups] == [
        (("订单1.csv", "订单2.csv"), 6, 2),
        (("订单3.csv",), 5, 1),
    ]
