"""The data dictionary page is what the contracts say now."""

from pathlib import Path

from xuanpin.pipelines.contracts.dictionary import data_dictionary

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == data_dictionary(), (
        "run: python -m xuanpin.pipelines.contracts.dictionary docs/data-dictionary.md"
    )


def test_every_line_of_a_table_has_the_cells_of_its_head() -> None:
    width = 0
    for line in data_dictionary().splitlines():
        cells = line.replace("\\|", "").count("|") - 1
        width = 0 if not line.startswith("|") else width or cells
        assert width in (0, cells), line
