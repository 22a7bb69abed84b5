"""What a person with no patience types: every line ends with its exit code and a message, and never in a traceback."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from tests.support.mistaken_files import write_files
from xuanpin.pipelines import cli
from xuanpin.pipelines.context import Home

DAY = "2026-11-21"
WHY = "--reason x --author y"
IMPORTS = {"label": "labels", "overrides": "overrides"}

SHEETS_READ = (
    "plain.csv",
    "gb18030.csv",
    "utf16.csv",
    "utf16_unmarked.csv",
    "tabs.csv",
    "semicolons.csv",
    "cr.csv",
    "header_written_otherwise.csv",
    "title_above.csv",
    "is_text.xlsx",
    "second_sheet.xlsx",
    "second_sheet.csv",
)
SHEETS_REFUSED = {
    "nul.csv": "control character (such as NUL) in line 3",
    "too_many_cells.csv": "row 3 has more cells than the header",
    "open_quote.csv": "row 3 cannot be read",
    "rubbish.csv": "save it as UTF-8",
    "empty.csv": "is empty; it needs the columns",
    "huge_cell.csv": "row 3 cannot be read",
    "broken.xlsx": "not a workbook that can be read (damaged)",
    "zip.xlsx": "not a workbook that can be read (damaged)",
    "blank.xlsx": "is empty",
    "bomb.xlsx": "unpacks to 603,979,776 bytes",
    "old.xls": "an old workbook (.xls) or has a password",
    "page.xls": "is a web page",
    "no_such_column.csv": "(is it",
}
IMPORTED = [(f"{verb} import {name}_{file}", 0, "1 ") for verb, name in IMPORTS.items() for file in SHEETS_READ]
NOT_IMPORTED = [
    (f"{verb} import {name}_{file}", 2, said) for verb, name in IMPORTS.items() for file, said in SHEETS_REFUSED.items()
]
SETTINGS_READ = [(f"status --config {name}.toml", 0, "List for") for name in (
    "bom", "utf16", "gb18030", "crlf", "cr", "tabs", "nothing"
)]  # fmt: skip
SETTINGS_REFUSED = [(f"status --config {name}", 2, said) for name, said in {
    "twice.toml": "a key stands there a second time (at line 3",
    "section_twice.toml": "assortment stands there a second time (at line 3, column 12); the first is in line 1",
    "nul.toml": "control character (such as NUL) in line 1",
    "word.toml": 'assortment.list_size = "many": write a whole number',
    "truth.toml": "assortment.list_size = true: write a number",
    "day.toml": "assortment.list_size = 2026-11-21: write a whole number",
    "list.toml": "assortment.list_size = [1, 2]: write a whole number",
    "huge.toml": "write at most 2147483647",
    "long.toml": "write at most 36500",
    "infinite.toml": "scoring.regret_cost = inf: write a number",
    "misspelt.toml": "the nearest known key is assortment.list_size",
    "misspelt_section.toml": "the nearest known key is assortment",
    "no_section.toml": "write it below the line [assortment]",
    "no_key.toml": "assortment may have list_size",
    "no_table.toml": "write it as a section",
    "case.toml": 'write "auto" or "required"; the nearest is auto',
    "memory.toml": "such as 512MB or 8GB",
    "broken.toml": "not valid TOML",
    "a_folder": "it is a folder",
    "none.toml": "it does not exist",
    "a_file/none.toml": "a part of the path is a file",
}.items()]  # fmt: skip

LINES = [
    *IMPORTED,
    *NOT_IMPORTED,
    *SETTINGS_READ,
    *SETTINGS_REFUSED,
    ("label export out.csv --config lexicon.toml", 2, "lexicon folder nowhere cannot be read: it does not exist"),
    ("label import none.csv", 2, "does not exist; give the sheet"),
    ("label import a_folder", 2, "is a folder"),
    ("label import a_file/none.csv", 2, "does not exist"),
    ("label export a_folder/out.csv", 0, "written to"),
    ("label export nowhere/out.csv", 2, "cannot be written: it does not exist"),
    ("label export a_file/out.csv", 2, "a part of the path is a file"),
    ("label export out.pdf", 2, "name a file that ends in .csv or .xlsx"),
    ("label export out.csv --count 0", 2, "'--count'"),
    ("overrides export nowhere/out.xlsx", 2, "cannot be written: it does not exist"),
    ("overrides export out", 2, "ends in nothing"),
    ("pin S1 --reason ' ' --author y", 2, "--reason is empty; say why"),
    ("pin S1 --reason x --author ''", 2, "--author is empty; say who decides"),
    (f"pin S1 --reason {'x' * 2000} --author y", 2, "at most 1,000"),
    (f"pin ' S1 ' {WHY}", 0, "pin of S1"),
    (f"pin s1 {WHY}", 2, "did you mean S1?"),
    (f"pin Ｓ１ {WHY}", 2, "did you mean S1?"),
    (f"pin ../S1 {WHY}", 2, "unknown SKU"),
    (f"ban a/b {WHY}", 2, "unknown SKU"),
    (f"ban S99 {WHY}", 2, "unknown SKU"),
    (f"pin S1 {WHY} --until 0001-01-01", 2, "--until '0001-01-01' is not between 2000-01-01"),
    (f"pin S1 {WHY} --until 9999-12-31", 2, "--until '9999-12-31' is not between"),
    (f"pin S1 {WHY} --until 2099/12/31", 0, "until 2099-12-31"),
    (f"pin S1 {WHY} --from 2026-02-30", 2, "is no day of the calendar"),
    (f"pin S1 {WHY} --from 11/12/2026", 2, "is not a date; write it as YYYY-MM-DD"),
    ("recall s1 --reason x --by y", 2, "did you mean S1?"),
    ("recall ../../x --reason x --by y", 2, "is no candidate"),
    ("recall S1 --reason '' --by y", 2, "--reason is empty"),
    ("recall S1 --reason x --by ' '", 2, "--by is empty"),
    ("unpublish --list-date 2026-11-22 --reason ' ' --by y", 2, "--reason is empty"),
    ("recall S1 --reason x --by y --until 9999-12-31", 2, "--until"),
    ("recall S1 --reason x --by y --list-date 2026-11-30", 2, "published list date: 2026-11-22"),
    ("approve --list-date 0001-01-01 --by x", 2, "--list-date '0001-01-01' is not between"),
    ("approve --list-date 2026-11-22 --by ''", 2, "--by is empty"),
    ("approve --list-date 2026-11-22 --by x", 2, "nothing waits for review"),
    ("reject --list-date 2026-11-22 --by x --reason y", 2, "nothing waits for review"),
    ("cutoff --list-date 9999-12-31", 2, "--list-date '9999-12-31' is not between"),
    ("review --list-date tomorrow", 2, "'tomorrow' is not a date"),
    ("status", 0, "List for 2026-11-22"),
    ("status --list-date 2026年11月22日", 0, "List for 2026-11-22"),
    ("status --list-date ２０２６１１２２", 0, "List for 2026-11-22"),
    ("status --list-date ''", 2, "is not a date"),
    ("status --list-date 2026-11-30", 2, "no list is published for list date 2026-11-30"),
    ("status --home a_file", 2, "the home a_file is a file, not a folder; check the path"),
    ("status --home nowhere", 2, "the home nowhere cannot be read: it does not exist"),
    ("status --home a_folder", 2, "nothing is published there yet"),
    ("report --home a_folder", 2, "nothing is published there yet"),
    ("status --home home/published", 2, "Did you mean --home home?"),
    ("status --home .", 2, "Did you mean --home home?"),
    ("explain sku s1", 0, "S1 ·"),
    ("explain sku 'Ｓ 1'", 0, "S1 ·"),
    ("explain sku S99", 2, "SKU 'S99' is no candidate"),
    ("explain sku ''", 2, "is no candidate"),
    ("explain agent a1", 0, "A1 ·"),
    ("explain agent A11", 2, "did you mean A1"),
    ("card a1", 0, "A1"),
    ("card A1 --lang fr", 2, "'fr' is not one of 'zh', 'en'. See"),
    ("contract Orders", 0, "id: xuanpin.sources.orders"),
    ("contract ordres", 2, "did you mean orders"),
    ("contract ../orders", 2, "there is no contract for table"),
    ("data-docs a_file", 2, "it is a file"),
    ("data-docs a_file/x", 2, "a part of the path is a file"),
    ("data-docs checks --home no_database", 2, "nothing is published there yet"),
    ("tidy --home a_folder", 2, "nothing is published there yet"),
    ("forget ''", 2, "nothing of this customer"),
    ("forget nobody", 2, "nothing of this customer"),
    ("migrate", 0, "nothing to do"),
    ("migrate --home a_folder", 2, "has no warehouse"),
    ("migrate --home no_database", 2, "is not a DuckDB database, or is damaged"),
    (f"learn --as-of {DAY} --home a_folder", 2, "has no warehouse"),
    ("learn --as-of 0001-01-01", 2, "--as-of '0001-01-01' is not between"),
    ("learn --as-of 9999-12-31", 2, "--as-of '9999-12-31' is not between"),
    (f"backtest --from {DAY} --to 2026-11-20", 2, "name the earlier night first"),
    ("backtest --from 0001-01-01 --to 9999-12-31", 2, "--from '0001-01-01' is not between"),
    (f"backtest --from 2026-11-20 --to {DAY} --home a_folder", 2, "has no warehouse"),
    ("simulate --scale huge --home sim", 2, "--scale 'huge' is not known"),
    ("simulate --seeds a,b --home sim", 2, "write it as 1,2,3"),
    ("simulate --scale tiny --home a_file", 2, "it is a file"),
    ("simulate --scale tiny --home home", 2, "is not empty"),
    ("demo --home a_file", 2, "cannot be made: a_file is a file"),
    ("demo --home home", 2, "holds something that is not a demo"),
    ("demo --home sim --nights 0", 2, "'--nights'"),
    (f"nightly --as-of {DAY} --sources home --home a_file", 2, "cannot be made: a_file is a file"),
    (f"nightly --as-of {DAY} --sources home --home a_file/x", 2, "is a file"),
    ("nightly --as-of 9999-12-31 --sources home", 2, "--as-of '9999-12-31' is not between"),
    (f"nightly --as-of {DAY}", 2, "--sources"),
    ("check --sources nowhere", 2, "the source folder nowhere is missing"),
    ("check --sources a_file", 2, "the source folder a_file is a file, not a folder"),
    ("check --sources a_folder", 3, "products: 0 files, 0 rows"),
    ("check", 2, "--sources"),
    ("statuss", 2, "Did you mean 'status'?"),
    ("explain goods S1", 2, "No such command 'goods'"),
]  # fmt: skip


@pytest.fixture(scope="module")
def desk(golden_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of odd files, and a copy of the home for those lines that leave it as it is."""
    folder = tmp_path_factory.mktemp("desk")
    write_files(folder)
    shutil.copytree(golden_home.root, folder / "home")
    return folder


@pytest.mark.parametrize(("line", "code", "said"), LINES)
def test_a_line_ends_with_its_code_and_one_message(
    line: str, code: int, said: str, desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(desk)
    monkeypatch.setenv("XUANPIN_HOME", "home")
    found = run(shlex.split(line), monkeypatch)
    out, error = capsys.readouterr()
    assert found == code, out + error
    assert said in out + error
    assert "Traceback" not in error
    # A check says on standard output what it refuses.
    assert error.count("xuanpin: ") == int(bool(code) and not out.startswith("products: "))
    for mark in ("None", "Path(", "datetime.", "Error:", "Errno", "codec"):
        assert mark not in error


def run(words: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the command line in this process; returns its exit code."""
    monkeypatch.setattr(sys, "argv", ["xuanpin", *words])
    try:
        cli.main()
    except SystemExit as left:
        return int(left.code or 0)
    return 0


REFUSED = (
    "overrides import overrides_too_many_cells.csv",
    "label import labels_nul.csv",
    "pin s1 --reason x --author y",
    "ban S1 --reason '' --author y",
    "recall s1 --reason x --by y",
)


def test_a_refused_line_changes_nothing_in_the_home(
    golden_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(Path(shutil.copytree(golden_home.root, tmp_path / "home")))
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = kept(home)
    for line in (
        "overrides import overrides_too_many_cells.csv",
        "pin s1 --reason x --author y",
        "ban S1 --reason '' --author y",
        "recall s1 --reason x --by y",
        "label import labels_nul.csv",
    ):
        assert run([*shlex.split(line), "--home", "home"], monkeypatch) == 2
    assert kept(home) == before


def kept(home: Home) -> dict[str, bytes]:
    """What people decided and what readers see; the log and the warehouse's own files may be touched by opening."""
    folders = (home.overrides, home.reviews, home.labels, home.published)
    return {str(path): path.read_bytes() for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()}


def test_an_export_that_fails_leaves_the_sheet_that_was_there(
    golden_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(Path(shutil.copytree(golden_home.root, tmp_path / "home")))
    monkeypatch.chdir(tmp_path)
    sheet = tmp_path / "labels.csv"
    sheet.mkdir()
    assert run(["label", "export", "labels.csv", "--home", str(home.root)], monkeypatch) == 2
    assert sheet.is_dir() and not list(tmp_path.glob(".*partial"))
