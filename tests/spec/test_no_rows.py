"""Lines of a table that are no rows: sums, counts and notes of whoever exported it; and rows that only begin so."""

from pathlib import Path

import pytest

from tests.support.drop_folder import Platform, row
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.drops import Drop
from xuanpin.pipelines.ingest.formats.header import Header, Wanted, find_header
from xuanpin.pipelines.ingest.formats.plain import is_plain_csv
from xuanpin.pipelines.ingest.formats.records import Record
from xuanpin.pipelines.ingest.formats.totals import kind_of_no_row

NAMES = ("订单编号", "商品", "规格", "数量", "金额", "时间")
HEADER = Header(NAMES, 1, delimiter=",")
WANTED = Wanted("orders", key=frozenset({"订单编号"}))
SUMS = """
合计,,,6,1299.00,
,合计：,,6,1299.00,
本页合计,,,,1299.00,
"总计：1,299.00元",,,,,
合计(12件),,,,,
小计,,,3,,
Grand Total,,,6,1299.00,
Sub Total:,,,,9,
Total orders: 12,,,,,
累计金额,,,,9,
""".strip().splitlines()
NOTES = """
导出时间：2026-11-21 10:00:00,,,,,
制表人：张三,,导出时间：2026-11-21,,,
共 128 条记录,,,,,
共128条,,第1页/共3页,,,
第 1 页,,,,,
Page 1 of 3,,,,,
截至2026-11-20,,,,,
备注：以上金额含运费,,,,,
以上数据仅供参考,,,,,
Exported at: 2026-11-21,,,,,
Report date: 2026-11-21,,,,,
----------,,,,,
""".strip().splitlines()
ROWS = """
合计,裙,红,1,9,8点
合计裙,,,1,,
第三代连衣裙,,,,,
共享单车,,,,,
Total Care,,,,,
备注,裙,红,1,9,8点
注释,,,,,
page,,,,,
A1,合计,,1,,
导出时间：8点,裙,红,1,,
合计,,小花,,,
总数据线,,,,,
""".strip().splitlines()


def cells(line: str) -> list[str | None]:
    """The cells of a line; one in quotes may hold a comma."""
    bare = line.replace('"总计：1,299.00元"', "总计：1;299.00元")
    return [cell.replace(";", ",") or None for cell in bare.split(",")]


def is_plain(tmp_path: Path, *lines: str) -> bool:
    """Whether a file of these lines goes to the engine as it is."""
    file = tmp_path / "a.csv"
    file.write_text("\n".join([",".join(NAMES), "A1,裙,红,1,9,8点", *lines, ""]), encoding="utf-8")
    return is_plain_csv(file, HEADER)


@pytest.mark.parametrize(
    ("kind", "line"), [*(("rows of sums", line) for line in SUMS), *(("notes below tables", line) for line in NOTES)]
)
def test_sums_and_notes_are_no_rows_and_no_plain_file_has_them(tmp_path: Path, kind: str, line: str) -> None:
    assert kind_of_no_row(cells(line), HEADER, WANTED) == kind
    assert not is_plain(tmp_path, line)


@pytest.mark.parametrize("line", ROWS)
def test_a_row_that_only_begins_so_is_a_row(line: str) -> None:
    assert kind_of_no_row(cells(line), HEADER, WANTED) is None


def test_goods_that_begin_so_leave_a_file_plain(tmp_path: Path) -> None:
    assert is_plain(
        tmp_path, "第三代连衣裙,,,,,", "共享单车,,,,,", "Total Care,,,,,", "注释,,,,,", "page,,,,,", "总数据线,,,,,"
    )


def test_a_table_of_two_columns_has_no_notes() -> None:
    assert kind_of_no_row(["备注：好", None], Header(("a", "b"), 1), Wanted("orders")) is None


def test_a_night_reads_the_rows_above_them_and_says_how_many_it_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    platform = Platform(tmp_path).begun()
    path = platform.drop("orders", "more.csv", row("orders", order_line_id="L2"))
    width = len(row("orders"))
    below = ["本页合计" + "," * (width - 1), "导出时间：2026-11-21 10:00" + "," * (width - 1), "共 1 条"]
    path.write_bytes(path.read_bytes() + "\r\n".join(below).encode() + b"\r\n")
    with caplog.at_level("INFO"):
        assert platform.night() == (1, 1)
    assert "orders: skipped as no rows of data: rows of sums (1)" in caplog.text
    assert "orders: skipped as no rows of data: notes below tables (2)" in caplog.text


def test_a_header_of_two_lines_is_read_as_one(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    values = list(row("orders", order_line_id="L2").values())
    upper, lower = list(row("orders")), ["" for _ in values]
    for place in (8, 9):
        lower[place] = upper[place]
    upper[8:10] = ["商品信息", ""]
    lines = [",".join(map(str, line)) for line in (upper, lower, values)]
    platform.write("orders", "more.csv", "\n".join([*lines, ""]).encode())
    assert platform.night() == (1, 1)
    assert platform.values("select quantity from source.orders where order_line_id = 'L2'") == [1]


@pytest.mark.parametrize(
    ("lines", "names", "last"),
    [
        ([["a", "组", "", "其他"], ["", "b", "c", ""]], ("a", "b", "c", "其他"), 2),
        ([["a", "b", ""], ["", "b", "1"]], ("a", "b", "column_3"), 1),
        ([["a", "b", "其他", ""], ["", "", "裤", "c"]], ("a", "b", "其他", "column_4"), 1),
        ([["a", "b", "", ""], ["1", "2", "c", "d"]], ("a", "b", "column_3", "column_4"), 1),
    ],
)
def test_a_line_of_data_is_no_second_line_of_a_header(
    lines: list[list[str]], names: tuple[str, ...], last: int
) -> None:
    wanted = Wanted("orders", tuple(frozenset({name}) for name in "abcd"))
    rows = [Record(number, list(line)) for number, line in enumerate(lines, start=1)]
    header = find_header(Drop("orders", "a.csv", Path("a.csv"), 1, ""), wanted, rows)
    assert header is not None and (header.names, header.line) == (names, last)


def test_column_letters_above_the_header_are_told_as_a_line_of_text(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    path = platform.drop("orders", "more.csv", row("orders", order_line_id="L2"))
    letters = ",".join(chr(ord("A") + place) for place in range(len(row("orders"))))
    path.write_bytes(letters.encode() + b"\r\n" + path.read_bytes())
    with pytest.raises(
        InputRefused, match=r"has a line of text above its header, which is line 2; send it without it, or"
    ):
        platform.night()
