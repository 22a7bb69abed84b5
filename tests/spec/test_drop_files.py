"""What is read of a file, what is set aside and what refuses it: one row of a table for each way of writing files."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.old_workbooks import RC4, XOR, compound, ods, xls, xlsb
from xuanpin.pipelines.engine import open_engine
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.damaged_files import damage
from xuanpin.pipelines.ingest.drop_formats import Opening, open_drop, scan
from xuanpin.pipelines.ingest.drops import Drop
from xuanpin.pipelines.ingest.formats import packing, workbooks
from xuanpin.pipelines.ingest.formats.header import Wanted
from xuanpin.pipelines.ingest.formats.records import ROW_FAULTS
from xuanpin.pipelines.ingest.formats.workbook_size import memory_of
from xuanpin.pipelines.ingest.formats.workspace import Workspace
from xuanpin.pipelines.ingest.statements.drops import rejecting_files

NAMES = ("sku_id", "title", "brand", "units")
ROWS = [("S1", "草莓蛋糕", "好利", "1"), ("S2", "连衣裙", None, "2"), ("S3", "围巾", "羊", "3")]
HEAD = ",".join(NAMES)
LINES = ["S1,草莓蛋糕,好利,1", "S2,连衣裙,,2", "S3,围巾,羊,3"]
CSV = "\n".join([HEAD, *LINES, ""])
WANTED = Wanted(
    "products",
    required=(frozenset({"sku_id"}), frozenset({"title", "商品"}), frozenset({"units"})),
    known=frozenset({*NAMES, "商品"}),
    key=frozenset({"sku_id"}),
)
LENIENT = Wanted(WANTED.table, WANTED.required, WANTED.known, WANTED.key, may_have_title=True, may_be_document=True)
OBJECTS = [dict(zip(NAMES, row, strict=True)) for row in ROWS]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = open_engine(tmp_path_factory.mktemp("files") / "warehouse.duckdb", threads=1)
    yield opened
    opened.close()


def read(
    engine: Engine, folder: Path, content: bytes, wanted: Wanted = LENIENT, *, name: str = "a drop [1].bin"
) -> tuple[list[tuple[Any, ...]], dict[str, int]]:
    """The good rows of a drop and how many break each rule; a plain file with bad lines is read again with care."""
    file = folder / name
    file.write_bytes(content)
    work = Workspace(folder / "work")
    work.folder.mkdir(exist_ok=True)
    drop = Drop("products", "products/drop.bin", file, len(content), "hash")
    opening = Opening(engine, work, wanted)
    raw = open_drop(opening, drop)
    rows = engine.query(f"select * from {scan([raw])}").to_pylist()
    if raw.kind == "csv" and engine.query(rejecting_files()).num_rows:
        raw = open_drop(opening, drop, with_care=True)
        rows = engine.query(f"select * from {scan([raw])}").to_pylist()
    if raw.kind == "csv":
        engine.drop("temp.rejected_lines", "temp.rejecting_scans")
    work.clear()
    names = [name for name, _ in raw.columns]
    faults = Counter(row["drop_fault"] for row in rows if row.get("drop_fault"))
    good = [tuple(row[name] for name in names) for row in rows if not row.get("drop_fault")]
    return [row for row in good if any(row)], dict(faults)


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def workbook(*sheets: Sequence[Sequence[Any]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    del book["Sheet"]
    for place, rows in enumerate(sheets):
        sheet = book.create_sheet(f"表{place}")
        for row in rows:
            sheet.append(row)
    book.save(out)
    return out.getvalue()


def parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


TEXT = CSV.encode()
UTF16 = CSV.encode("utf-16-le")
PAGE = "<html><meta charset=utf-8><table>" + "".join(
    "<tr>" + "".join(f"<td>{cell or ''}</td>" for cell in row) + "</tr>" for row in (NAMES, *ROWS)
)
SHEET: list[list[Any]] = [list(NAMES), *[[row[0], row[1], row[2], int(row[3])] for row in ROWS]]
JSONL = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in OBJECTS)

SAME = {
    "as it is": TEXT,
    "CRLF": CSV.replace("\n", "\r\n").encode(),
    "CR": CSV.replace("\n", "\r").encode(),
    "CRLF first, LF after": CSV.replace("\n", "\r\n", 2).encode(),
    "CR first, CRLF after": CSV.replace("\n", "\r", 1).replace("\n", "\r\n").encode(),
    "no final line end": CSV.rstrip().encode(),
    "CRLF and no final line end": CSV.replace("\n", "\r\n").rstrip().encode(),
    "byte-order mark": CSV.encode("utf-8-sig"),
    "byte-order mark and CR": CSV.replace("\n", "\r").encode("utf-8-sig"),
    "GB18030": CSV.encode("gb18030"),
    "UTF-16 little-endian with mark": CSV.encode("utf-16"),
    "UTF-16 little-endian": UTF16,
    "UTF-16 big-endian with mark": b"\xfe\xff" + CSV.encode("utf-16-be"),
    "UTF-16 big-endian": CSV.encode("utf-16-be"),
    "UTF-32 with mark": CSV.encode("utf-32"),
    "UTF-32 little-endian": CSV.encode("utf-32-le"),
    "UTF-16 with CRLF and tabs": CSV.replace(",", "\t").replace("\n", "\r\n").encode("utf-16"),
    "gzip": gzip.compress(TEXT),
    "gzip with zero bytes behind": gzip.compress(TEXT) + bytes(512),
    "gzip of two members": gzip.compress(TEXT[:30]) + gzip.compress(TEXT[30:]),
    "bzip2": bz2.compress(TEXT),
    "xz": lzma.compress(TEXT),
    "zstd": pa.compress(TEXT, codec="zstd", asbytes=True),
    "zip of one file": zipped(**{"orders.csv": TEXT, "__MACOSX/._orders.csv": b"x"}),
    "zip of a UTF-16 file": zipped(a=UTF16),
    "zero bytes behind": TEXT + bytes(4096),
    "appended parts with marks between": f"\ufeff{HEAD}\n{LINES[0]}\n\ufeff{LINES[1]}\n{LINES[2]}\n".encode(),
    "appended parts with their headers": "\n\ufeff".join(["", *[f"{HEAD}\n{line}" for line in LINES], ""])[1:].encode(),
    "lines of commas, blanks and quotes": "\n".join(
        [HEAD, LINES[0], ",,,", "", "   ", '"",,"",', LINES[1], LINES[2], ",,,", "\u3000,,,", ""]
    ).encode(),
    "a row of sums": f"{CSV}合计,,,6\n".encode(),
    "a row of sums in another column": f"{CSV},总计：,,6\n".encode(),
    "a row of sums in English and capitals": f"{CSV}TOTAL,,,6\n".encode(),
    "a quoted row of sums": f'{CSV}"合计","","","6"\n'.encode(),
    "sep=": f"sep=,\n{CSV}".encode(),
    "sep=; and semicolons": f"sep=;\n{CSV.replace(',', ';')}".encode(),
    "sep= with another delimiter": f"sep=^\r\n{CSV.replace(',', '^')}".encode(),
    "a blank line above": f"\n{CSV}".encode(),
    "lines of commas above": f",,,\n,,,\n{CSV}".encode(),
    "a line of text above": f"店铺：某某，导出时间\n{CSV}".encode(),
    "lines of text above": f"商品,导出,表\n共 3 条\n\n{CSV}".encode(),
    "empty fields beyond the header": "\n".join([HEAD, *[f"{line},," for line in LINES], ""]).encode(),
    "an empty column at the end": "\n".join(f"{line}," for line in [HEAD, *LINES]).encode(),
    "JSON lines": JSONL.encode(),
    "JSON lines in CRLF": JSONL.replace("\n", "\r\n").encode(),
    "JSON lines in CR": JSONL.replace("\n", "\r").encode(),
    "JSON lines in UTF-16": JSONL.encode("utf-16"),
    "JSON lines in GB18030": JSONL.encode("gb18030"),
    "JSON lines with marks between": "\ufeff".join(["", *JSONL.splitlines(keepends=True)]).encode(),
    "JSON lines with blank ones": JSONL.replace("\n", "\n\n").encode(),
    "JSON lines, empty objects among them": JSONL.replace("\n", "\n{}\n").encode(),
    "JSON without line ends": JSONL.replace("\n", "").encode(),
    "a JSON list": json.dumps(OBJECTS, ensure_ascii=False).encode(),
    "a JSON list with escapes": json.dumps(OBJECTS).encode(),
    "a JSON list over lines": json.dumps(OBJECTS, indent=2).encode("utf-8-sig"),
    "JSON objects over lines": "\n".join(json.dumps(row, indent=1) for row in OBJECTS).encode(),
    "a JSON list of one object a line": ("[\n" + ",\n".join(map(json.dumps, OBJECTS)) + "\n]").encode(),
    "a JSON list within an object": json.dumps({"code": 0, "tags": [1, 2], "data": OBJECTS}).encode(),
    "a JSON list deep within an object": json.dumps({"data": {"total": 3, "list": OBJECTS}}, indent=1).encode(),
    "a workbook": workbook(SHEET),
    "a workbook with rows above and blank ones": workbook([[], ["商品表"], [], *SHEET[:2], [None], *SHEET[2:], []]),
    "a workbook whose second sheet has the rows": workbook([["说明"], ["请勿修改"]], SHEET),
    "a workbook with a row of sums": workbook([*SHEET, ["合计", None, None, 6]]),
    "a workbook in a zip archive": zipped(a=workbook(SHEET)),
    "a web page under the name of a workbook": PAGE.encode(),
    "a workbook of Excel 97": xls(SHEET),
    "a binary workbook": xlsb(SHEET),
    "a workbook of Excel 97 in gzip": gzip.compress(xls(SHEET)),
    "an OpenDocument sheet": ods(SHEET),
    "a web page in GB18030": PAGE.encode("gb18030"),
    "Parquet": parquet(pa.table({name: [row[place] for row in ROWS] for place, name in enumerate(NAMES)})),
    "Parquet in gzip": gzip.compress(parquet(pa.table({n: [row[i] for row in ROWS] for i, n in enumerate(NAMES)}))),
}  # fmt: skip


@pytest.mark.parametrize("content", SAME.values(), ids=SAME)
def test_the_same_rows_however_they_are_written(engine: Engine, tmp_path: Path, content: Any) -> None:
    found, faults = read(engine, tmp_path, content)
    assert ([row[:4] for row in found], faults) == (ROWS, {})


COSTS_A_ROW = {
    "a character cut by bytes": (TEXT.replace("好利".encode(), "好利".encode()[:-1]), {"broken_characters": 1}, 2),
    "a zero byte": (TEXT.replace("围巾".encode(), b"a\0b"), {"broken_characters": 1}, 2),
    "a character cut in GB18030": (
        f"{HEAD}\n{(LINES[0] + chr(10)) * 20}".encode("gb18030") + b"S9,\xff,\xff,1\n", {"broken_characters": 1}, 20,
    ),
    "too many fields": (TEXT + b"S4,a,b,4,5\n", {"too_many_fields": 1}, 3),
    "too few fields": (TEXT + b"S4,a\n", {"too_few_fields": 1}, 3),
    "a quote that does not close, first": (TEXT.replace("草莓".encode(), b'"'), {"unclosed_quote": 1}, 2),
    "a quote that does not close, last": (TEXT + 'S4,"很好,好,4\n'.encode(), {"unclosed_quote": 1}, 3),
    "two quotes that do not close": (
        f'{HEAD}\nS0,"a,b,1\n{LINES[0]}\nS9,"c,d,2\n{LINES[1]}\n'.encode(), {"unclosed_quote": 2}, 2,
    ),
    "a quote that would close in another row": (
        f'{HEAD}\nS0,"a,b,1\n{LINES[0]}\nS9,x",d,2\n{LINES[1]}\n'.encode(), {"unclosed_quote": 1}, 3,
    ),
    "text after a closing quote": (TEXT + 'S4,"说"好"",b,4\n'.encode(), {"misplaced_quote": 1}, 3),
    "a line of three mebibytes": (TEXT + b"S4," + b"x" * 3_000_000 + b",b,4\n", {"line_too_long": 1}, 3),
    "a lone surrogate": (JSONL.encode() + b'{"sku_id": "S4", "title": "\\ud83d"}\n', {"broken_characters": 1}, 3),
    "a JSON line that does not parse": (b'{"sku_id": \n' + JSONL.encode(), {"not_json": 1}, 3),
    "a JSON line that is a list": (JSONL.encode() + b"[1, 2]\n", {"not_json": 1}, 3),
    "a JSON line of sixteen mebibytes": (
        JSONL.encode() + b'{"sku_id": "' + b"x" * (16 << 20) + b'"}\n', {"line_too_long": 1}, 3,
    ),
    "a JSON line with a broken character": (
        JSONL.encode().replace("好利".encode(), b"\xe5\xa5\xbd\xe5"), {"broken_characters": 1}, 2,
    ),
    "a list with something else in it": (b'[{"sku_id": "S1", "title": "a", "units": 1}, 7]', {"not_json": 1}, 1),
}  # fmt: skip


@pytest.mark.parametrize(("content", "rules", "rest"), COSTS_A_ROW.values(), ids=COSTS_A_ROW)
def test_what_is_wrong_with_a_row_costs_that_row(
    engine: Engine, tmp_path: Path, content: Any, rules: Any, rest: Any
) -> None:
    found, faults = read(engine, tmp_path, content)
    assert (faults, len(found)) == (rules, rest)


REFUSED = {
    "zip of two files": (zipped(a=TEXT, b=TEXT), "is a zip archive of 2 files"),
    "cut gzip": (gzip.compress(TEXT)[:-9], "cannot be unpacked to its end"),
    "other bytes after gzip": (gzip.compress(TEXT) + b"more", "cannot be unpacked to its end"),
    "cut xz": (lzma.compress(TEXT)[:-9], "cannot be unpacked to its end"),
    "cut bzip2": (bz2.compress(TEXT)[:-9], "cannot be unpacked to its end"),
    "RAR": (b"Rar!\x1a\x07\x01\x00" + bytes(50), "is a RAR archive"),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c" + bytes(50), "is a 7-Zip archive"),
    "PDF": (b"%PDF-1.7\n", "is a PDF document"),
    "zero bytes alone": (bytes(500), "holds nothing but zero bytes"),
    "blank lines alone": (b"\n,,\n  \n", "has no header and no row"),
    "a web page without a table": (b"<!DOCTYPE html><html><body>Please log in</body></html>", "is a web page or XML"),
    "XML": (b'<?xml version="1.0"?><Workbook><Row><Cell>1</Cell></Row></Workbook>', "is a web page or XML"),
    "a cut workbook": (workbook(SHEET)[:-60], "cannot be unpacked to its end"),
    "a cut workbook of Excel 97": (xls(SHEET)[:2000], "is a workbook that cannot be read"),
    "a workbook with a password": (compound({"EncryptionInfo": b"", "EncryptedPackage": b""}), "with a password"),
    "a workbook of Excel 97 with a password": (xls(SHEET, locked_by=RC4), "is a workbook with a password"),
    "a workbook of Excel 97 with a weak password": (xls(SHEET, locked_by=XOR), "is a workbook with a password"),
    "a workbook with a password in gzip": (gzip.compress(xls(SHEET, locked_by=XOR)), "is a workbook with a password"),
    "a binary workbook with short cells": (xlsb(SHEET, is_short=True), "cells that would be lost"),
    "an OpenDocument sheet with a password": (ods(SHEET, has_password=True), "is a workbook with a password"),
    "a document of another program": (compound({"WordDocument": b""}), "or a document of another kind"),
    "a document of another program in a zip": (zipped(**{"[Content_Types].xml": b"", "word/a": b""}), "another kind"),
    "a workbook of Excel 4": (b"\x09\x04\x06\0\0\0\x10\0" + b"abc" * 40, "is a workbook of Excel 4"),
    "XML of Excel 2003": (
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Row/></Workbook>',
        "is an XML sheet of Excel 2003",
    ),
    "an RTF document": (b"{\\rtf1\\ansi sku_id}", "is an RTF document"),
    "a workbook without rows": (workbook([]), "is a workbook without any row"),
    "a row cut at its end": (TEXT + b"S4,a", "ends in the middle of a row"),
    "a character cut at its end": (TEXT + "S4,围".encode()[:-1], "ends in the middle of a character"),
    "JSON lines cut at their end": (
        "\n".join(map(json.dumps, OBJECTS)).encode()[:-8],
        "ends in the middle of a row (truncated)",
    ),
    "a cut JSON list": (json.dumps(OBJECTS).encode()[:-20], "does not parse as JSON after 2 objects"),
    "a Parquet column that is there twice": (
        parquet(pa.table([["S1"], ["S2"]], names=["sku_id", "SKU_ID"])),
        "has the column SKU_ID, sku_id more than once",
    ),
    "a column that is there twice": (b"sku_id,title,units,SKU_ID\n", "has the column SKU_ID, sku_id more than once"),
}


@pytest.mark.parametrize(("content", "says"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_trusted_is_refused(engine: Engine, tmp_path: Path, content: Any, says: Any) -> None:
    with pytest.raises(InputRefused, match=r"products: file products/drop\.bin ") as refusal:
        read(engine, tmp_path, content)
    assert says in str(refusal.value)


def test_what_unpacks_to_far_more_than_it_should_is_refused(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "_LEAST", 1 << 20)
    with pytest.raises(InputRefused, match="unpacks to more than 300 times its size"):
        read(engine, tmp_path, gzip.compress(bytes(4 << 20)))
    monkeypatch.setattr(workbooks, "_LARGEST", 1 << 10)
    with pytest.raises(InputRefused, match="is a workbook of over a gibibyte unpacked"):
        read(engine, tmp_path, workbook(SHEET))


def test_a_small_workbook_that_would_fill_the_memory_is_refused(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, out = openpyxl.load_workbook(io.BytesIO(workbook(SHEET))), io.BytesIO()
    book.worksheets[0].cell(1_048_576, 16_384, 1)
    book.save(out)
    with pytest.raises(InputRefused, match="would be in memory; delete cells that stand far outside the table"):
        read(engine, tmp_path, out.getvalue())
    monkeypatch.setattr(workbooks, "_CALM", 3 << 20)
    many = [SHEET[0], *([*SHEET[1][:1], "x" * 32_000, *SHEET[1][2:]] for _ in range(99))]
    (tmp_path / "shared").mkdir()
    with pytest.raises(InputRefused, match="would be in memory"):
        read(engine, tmp_path / "shared", workbook(many))


@pytest.mark.parametrize(
    ("part", "places"),
    [
        ("<cols><col/></cols><row><c><v>1</v></c><c/><c/></row><row r='9'><c><v>1</v></c></row>", 9 * 3),
        ("<row r=\"9\"><c  r = 'C9'><v>1</v></c></row><row><c><v>1</v></c></row>", 9 * 4),
        ('<x:row r="9"><x:c r="C9"><x:v>1</x:v></x:c></x:row>', 9 * 3),
        ('<row r="9"><c r="AA9"><v>1</v></c></row>', 9 * 27),
    ],
)
def test_places_between_cells_are_counted_however_cells_are_written(part: str, places: int) -> None:
    assert needed(part) // 32 == places


@pytest.mark.parametrize("cell", ['<c t="s"><v>0</v></c>', "<c><v>&#48;</v></c>", "<x:c t='s'><x:v> 0 </x:v></x:c>"])
def test_a_text_that_cells_share_counts_for_each(cell: str) -> None:
    assert needed(99 * cell, f"<sst><si><t>{'x' * 1_000}</t></si><si/></sst>", most=99_000) > 99_000


def needed(*parts: str, most: int = 1 << 30) -> int:
    """Bytes for what is not a cell that is given."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number, part in enumerate(parts):
            archive.writestr(f"{number}.xml", part)
    with zipfile.ZipFile(content) as archive:
        return memory_of(archive, most) - 70 * (parts[0].count("<c") + parts[0].count("<x:c"))


def test_what_says_more_than_rows_is_read_only_where_settings_say_so(engine: Engine, tmp_path: Path) -> None:
    for content, name in ((SAME["a line of text above"], "title_lines"), (SAME["a JSON list"], "json_documents")):
        with pytest.raises(InputRefused, match=rf'\[sources.tables.products\] accepts = \["{name}"\]'):
            read(engine, tmp_path, content, WANTED)


def test_a_line_that_names_the_delimiter_is_no_text_above(engine: Engine, tmp_path: Path) -> None:
    for name in ("sep=", "sep=; and semicolons", "sep= with another delimiter"):
        read(engine, tmp_path, SAME[name], WANTED)


def test_the_answer_of_a_service_is_a_document_however_deep_its_rows_are(engine: Engine, tmp_path: Path) -> None:
    content = json.dumps({"code": 0, "data": {"list": OBJECTS}}).encode()
    with pytest.raises(InputRefused, match="is one JSON document"):
        read(engine, tmp_path, content, WANTED)
    assert read(engine, tmp_path, content) == read(engine, tmp_path, SAME["a JSON list"])


def test_a_column_that_an_object_names_twice_is_told() -> None:
    problem, _ = damage(
        'JSON transform error in file "/a.jsonl", in line 7: Object {"sku_id":... has duplicate key "x"'
    )
    assert str(problem) == "has an object that names a column twice (at line 7)"


def test_cells_become_text_as_a_person_reads_them(engine: Engine, tmp_path: Path) -> None:
    cells = [datetime(2026, 11, 20, 9, 30), date(2026, 11, 20), 12.0, 12.5, True, "='x", 20000000123, None]
    header = ["sku_id", "title", "units", "c1", "c2", "c3", "c4", "c5"]
    found, _ = read(engine, tmp_path, workbook([header, cells]))
    assert found == [("2026-11-20 09:30:00", "2026-11-20", "12", "12.5", "true", None, "20000000123", None)]


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.xlsb", "a.ods", "a.csv"])
@pytest.mark.parametrize("write", [xls, xlsb, ods, workbook])
def test_a_workbook_is_told_by_its_content_whatever_its_name_says(
    engine: Engine, tmp_path: Path, name: str, write: Any
) -> None:
    found, faults = read(engine, tmp_path, write(SHEET), name=name)
    assert ([row[:4] for row in found], faults) == (ROWS, {})


@pytest.mark.parametrize("write", [xls, ods])
def test_a_time_of_an_old_workbook_is_that_time(engine: Engine, tmp_path: Path, write: Any) -> None:
    rows = [["sku_id", "title", "units"], ["007", datetime(2026, 11, 20, 9, 30), 12.5]]
    assert read(engine, tmp_path, write(rows)) == ([("007", "2026-11-20 09:30:00", "12.5")], {})


def test_a_column_that_nobody_reads_may_be_there_twice(engine: Engine, tmp_path: Path) -> None:
    assert read(engine, tmp_path, b"sku_id,title,units,note,note\nS1,a,1,x,y\n")[0] == [("S1", "a", "1", "x", "y")]


def test_a_value_over_many_lines_is_one_value(engine: Engine, tmp_path: Path) -> None:
    text = "第一行\n第二行，a,b\n\n第四行"
    assert read(engine, tmp_path, f'{HEAD}\nS1,"{text}",b,1\n'.encode())[0] == [("S1", text, "b", "1")]
    assert read(engine, tmp_path, f'{HEAD}\r\nS1,"{text}",b,1\r\n'.encode())[0] == [("S1", text, "b", "1")]


rows_of_text = st.lists(
    st.tuples(
        st.from_regex(r"S[0-9]{1,6}", fullmatch=True),
        st.text(st.sampled_from("好看很,;|\"' 1a\n"), min_size=1, max_size=12).map(lambda text: f"款{text}款"),
        st.none() | st.sampled_from(["好利", "a b"]),
        st.integers(0, 999).map(str),
    ),
    min_size=1,
    max_size=12,
)


def as_csv(rows: Any, delimiter: str, end: str) -> str:
    lines = [delimiter.join(NAMES)]
    for row in rows:
        cells = ["" if cell is None else cell for cell in row]
        lines.append(
            delimiter.join(
                '"' + cell.replace('"', '""') + '"' if set(cell) & set('",;|\t\n') else cell for cell in cells
            )
        )
    return end.join([*lines, ""])


@given(
    rows_of_text,
    st.integers(0, 12),
    st.sampled_from([",", "\t", ";"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    st.booleans(),
)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_division_of_rows_into_files_gives_the_same_rows(
    engine: Engine, tmp_path: Path, rows: Any, cut: Any, delimiter: Any, end: Any, encoding: Any, packed: Any
) -> None:
    found = []
    for part in (rows[:cut], rows[cut:]):
        content = as_csv(part, delimiter, end).encode(encoding)
        read_rows, faults = read(engine, tmp_path, gzip.compress(content) if packed else content)
        assert faults == {}
        found += read_rows
    assert found == rows


MARKS = [
    b"\n",
    b"\r",
    b'"',
    b",",
    b"\0",
    b"\xff",
    b"{",
    b'{"a":1}',
    b"[",
    b"<table>",
    b"sep=;",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
]
KINDS = [b"PAR1", b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
pieces = st.sampled_from([HEAD.encode(), *[line.encode() for line in LINES], *MARKS, *KINDS])


@given(st.lists(pieces | st.binary(max_size=8), max_size=20).map(b"".join))
@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_are_read_or_refused(engine: Engine, tmp_path: Path, content: Any) -> None:
    try:
        found, faults = read(engine, tmp_path, content or b"\n")
    except InputRefused as refusal:
        assert "products/drop.bin" in str(refusal)
    else:
        assert isinstance(found, list)
        assert set(faults) <= set(ROW_FAULTS)
