"""What is read of a sheet, row by row, and which rows are refused by number."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.phrase import as_is
from xuanpin.pipelines.typed.sheets import Form, faults_told, read_rows
from xuanpin.pipelines.typed.writing import write_rows

FORM = Form(as_is("test sheet"), ("id", "word", "why"), ("id", "word"), "page", as_is("make one"))


def rows(folder: Path, text: str) -> list[tuple[int, dict[str, object]]]:
    """The rows of a CSV with this text."""
    path = folder / "sheet.csv"
    path.write_text(text, encoding="utf-8")
    return [(number, dict(row)) for number, row in read_rows(path, FORM)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id,word\n1,a\n", [(2, {"id": "1", "word": "a"})]),
        ("word;ID\na;1\n", [(2, {"id": "1", "word": "a"})]),
        ("id,word,note\n1,a,x\n\n , ,\n2,b\n", [(2, {"id": "1", "word": "a"}), (5, {"id": "2", "word": "b"})]),
        ("七月\nid,word\n1,a\n", [(3, {"id": "1", "word": "a"})]),
        ('id,word,why\n1,"a, b","x\ny"\n', [(2, {"id": "1", "word": "a, b", "why": "x\ny"})]),
        ("id,word,why\n1\n", [(2, {"id": "1", "word": None, "why": None})]),
        ("id,word\n1,a,,\n", [(2, {"id": "1", "word": "a"})]),
        ("id,word\n", []),
    ],
)
def test_a_row_is_known_by_its_number_and_its_cells_by_their_column(
    tmp_path: Path, text: str, expected: list[tuple[int, dict[str, object]]]
) -> None:
    assert rows(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,word\n1,a,b\n2,c\n", "row 2 has more cells"),
        ("id,word\n1,a,b\n2,c,d\n", "rows 2, 3 have more cells"),
        ("id,word,WORD\n1,a,b\n", "has the column word more than once"),
        ("id,wrod\n1,a\n", r"no column word \(is it wrod\?\); it needs id, word, why; make one"),
        ('id,word\n1,"a\n2,b\n', "row 2 cannot be read"),
    ],
)
def test_a_sheet_that_could_be_misread_is_refused_by_row(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        rows(tmp_path, text)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_is_written_comes_back(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"sheet.{ending}"
    write_rows(path, "page", [("id", "word", "why"), ("1", "=1+1", "好\x07"), ("2", None, "")])
    found = [{name: cell or "" for name, cell in row.items()} for _, row in read_rows(path, FORM)]
    assert found == [{"id": "1", "word": "'=1+1", "why": "好"}, {"id": "2", "word": "", "why": ""}]


def test_a_workbook_may_have_notes_beside_the_table_and_a_size_that_is_not_true(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.create_sheet("page")
    for row in ((None, None), ("id", "word"), (1, "a", None, "a note"), (2.0, "b")):
        page.append(row)
    page["XFD99999"] = " "
    book.save(tmp_path / "sheet.xlsx")
    found = [(number, row["id"], row["word"]) for number, row in read_rows(tmp_path / "sheet.xlsx", FORM)]
    assert found == [(3, 1, "a"), (4, 2, "b")]


def test_faulty_rows_are_told_by_what_they_have(tmp_path: Path) -> None:
    assert faults_told(tmp_path, FORM, {as_is("no word"): []}, as_is("Nothing was stored")) is None
    faults = {as_is("no word"): ["row 2"], as_is("no id"): [f"row {at}" for at in range(5)]}
    told = faults_told(Path("s.csv"), FORM, faults, as_is("End"))
    assert (
        str(told)
        == "test sheet s.csv: 1 row with no word: row 2. 5 rows with no id: row 0, row 1, row 2 and 2 more. End"
    )
