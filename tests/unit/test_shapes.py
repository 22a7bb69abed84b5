"""The described exports are whole: rows as wide as their headers, truths that name columns of contracts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.support.shapes import Shape, read_shapes, write_shape
from xuanpin.pipelines.contracts import load_contract

NEVER_COLUMNS = {"", "time", "goods", "refused"}
SHAPES = read_shapes()


def _meant(shape: Shape) -> set[str]:
    names = {meaning for meanings in shape.truth.values() for meaning in meanings} - NEVER_COLUMNS
    return {name if "." in name else f"{shape.table}.{name}" for name in names}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_truth_names_columns_of_contracts(shape: Shape) -> None:
    for meant in _meant(shape):
        table, column = meant.split(".")
        assert column in load_contract(table).column_names, meant


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_description_is_whole(shape: Shape) -> None:
    assert {len(row) for row in shape.rows} == {len(shape.headers)}
    assert len(set(shape.headers)) == len(shape.headers)
    assert set(shape.truth) | set(shape.numbers) | set(shape.fill_down) <= set(shape.headers)
    assert bool(shape.cure) == (shape.outcome == "refused")


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_word_of_a_column_with_allowed_values_has_its_right_value(shape: Shape) -> None:
    for column, words in shape.words.items():
        headers = [place for place, header in enumerate(shape.headers) if column in shape.truth.get(header, ())]
        found = {row[place] for row in shape.rows for place in headers} - {""}
        assert found <= set(words), (column, found - set(words))


def test_the_set_is_broad_enough() -> None:
    assert len(SHAPES) >= 20
    assert len({shape.platform for shape in SHAPES}) >= 8
    assert len({shape.name for shape in SHAPES}) == len(SHAPES)
    assert max(Counter((shape.shop, shape.file) for shape in SHAPES).values()) == 1


STARTS = {
    "xlsx": b"PK",
    "zip": b"PK",
    "html_xls": b"<html",
    "xml_spreadsheet": b"<?xml",
    "json": b"[",
    "jsonl": b"{",
    "locked": bytes.fromhex("d0cf11e0"),
}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_it_is_written_as_a_file_of_its_kind(shape: Shape, tmp_path: Path) -> None:
    content = write_shape(shape, tmp_path).read_bytes()
    first = shape.rows[0] if shape.format == "headless" else shape.headers
    assert content.startswith(STARTS.get(shape.format, first[0].encode(shape.encoding)))
