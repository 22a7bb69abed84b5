"""Each described export, written as the real file, is read rightly, asked about, or refused with the cure."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from tests.support.shapes import SHAPES, Shape, read_shapes, write_shape, write_shop
from tests.support.shapes_page import PAGES, page
from xuanpin.pipelines.connect.connection import Connection, Group, connection
from xuanpin.pipelines.connect.findings import ColumnFinding
from xuanpin.pipelines.connect.recognition.recognising import recognise
from xuanpin.pipelines.connect.understanding import checked, understand, write
from xuanpin.pipelines.context import BEIJING
from xuanpin.pipelines.ingest.checking import TableFindings

NOW = datetime(2026, 11, 29, 1, 30, tzinfo=BEIJING)
SHOPS = sorted({shape.shop for shape in read_shapes()})
RIGHT_SHARE = 0.9
"""Share of headers of which the proposal is right; the rest are questions."""
READ_WHOLE = (
    "saved_as_unicode_text",
    "semicolon_file",
    "sheet_with_title",
    "typed_workbook",
    "chinese_dates",
    "midnight_and_zero",
    "day_first",
    "serial_days",
    "api_document",
    "json_lines",
    "zip_archive",
)
"""Shops of one order export each, whose every row a night would read after `connect --yes`."""
ACCEPTED = ("shopify_store", "kuaituantuan_group", "weidian_shop", "douyin_shop")
"""Shops of several exports with merged cells, several goods in a cell and tabs behind ids."""
DESTROYED = ("destroyed_ids", "collapsed_ids")
"""Shapes of which only the ids tell that no row may be loaded."""


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Connection]:
    """What connecting finds in the folder of each shop."""
    found = {}
    for shop in SHOPS:
        folder = tmp_path_factory.mktemp(shop)
        write_shop(shop, folder)
        found[shop] = connection(folder, recognise)
    return found


def group_of(shape: Shape, connected: dict[str, Connection]) -> Group:
    (group,) = [
        group
        for group in connected[shape.shop].groups
        if any(place == shape.file or place.startswith(f"{shape.file}/") for place in group.places)
    ]
    return group


def unread(shape: Shape, connected: dict[str, Connection]) -> list[str]:
    return [str(file.why) for file in connected[shape.shop].unread if file.place.startswith(shape.file)]


def accepted(shape: Shape, header: str) -> set[str]:
    """The columns that a header of a shape may rightly be; "" for staying out."""
    meanings = shape.truth.get(header, ("",))
    others = {"time": {"", "updated_at"}, "goods": {"", "sku_id"}, "refused": {""}, "": {""}}
    return {column for meaning in meanings for column in others.get(meaning, {_own(meaning, shape.table)})}


def _own(meaning: str, table: str) -> str:
    """The column of `table` that a meaning names; "" for a column of another table."""
    other, _, column = meaning.rpartition(".")
    return column if other in ("", table) else ""


def verdict(shape: Shape, column: ColumnFinding) -> str:
    if (column.column or "") in accepted(shape, column.header):
        return "right"
    return "wrong" if column.certainty == "sure" else "asked"


READABLE = [shape for shape in read_shapes() if shape.outcome == "right"]
UNREADABLE = [shape for shape in read_shapes() if shape.format in ("locked", "xml_spreadsheet", "headless")]


@pytest.mark.parametrize("shape", READABLE, ids=lambda shape: shape.name)
def test_a_table_is_known_and_no_header_is_taken_wrongly_without_a_question(
    shape: Shape, connected: dict[str, Connection]
) -> None:
    group = group_of(shape, connected)
    finding = group.finding
    assert (finding.table or "none") == shape.table
    # What a chat archive tool wrote is read by its own rules, and no header of it is mapped.
    assert group.rooms or [column.header for column in finding.columns] == list(shape.headers)
    assert [column.header for column in finding.columns if verdict(shape, column) == "wrong"] == []


def test_nine_headers_in_ten_are_right(connected: dict[str, Connection]) -> None:
    verdicts = Counter(
        verdict(shape, column) for shape in READABLE for column in group_of(shape, connected).finding.columns
    )
    assert verdicts["right"] >= RIGHT_SHARE * verdicts.total()


@pytest.mark.parametrize("shape", READABLE, ids=lambda shape: shape.name)
def test_what_recruits_is_refused_and_nothing_else_is(shape: Shape, connected: dict[str, Connection]) -> None:
    refused = set(group_of(shape, connected).finding.refused)
    must = {header for header, meant in shape.truth.items() if meant == ("refused",)}
    used = {header for header, meant in shape.truth.items() if not {"refused", ""} & set(meant)}
    assert must <= refused
    assert not refused & used


@pytest.mark.parametrize("shape", READABLE, ids=lambda shape: shape.name)
def test_no_word_is_translated_wrongly(shape: Shape, connected: dict[str, Connection]) -> None:
    for column in group_of(shape, connected).finding.columns:
        for word, ours in column.words.items():
            assert ours in shape.words.get(column.column or "", {}).get(word, (ours,)), (column.header, word)


@pytest.mark.parametrize("shape", UNREADABLE, ids=lambda shape: shape.name)
def test_a_file_that_cannot_be_read_is_refused_with_the_cure(shape: Shape, connected: dict[str, Connection]) -> None:
    (why,) = unread(shape, connected)
    assert any(word in why for word in ("without", "save it as xlsx or CSV", "above the first row")), why


def orders_found(shop: str, found: Connection, to: Path) -> TableFindings:
    """What a night would read of a shop's orders once its exports are connected and every proposal taken."""
    written = checked(found, write(found, understand(found, {}, is_trusting=True), to, "en"), NOW)
    (orders,) = [entry for entry in written.found if entry.table == "orders"]
    return orders


@pytest.mark.parametrize("shop", READ_WHOLE)
def test_every_row_is_read_however_it_is_written(shop: str, connected: dict[str, Connection], tmp_path: Path) -> None:
    (shape,) = [shape for shape in read_shapes() if shape.shop == shop]
    orders = orders_found(shop, connected[shop], tmp_path)
    assert (orders.rows, orders.refusals, orders.broken) == (len(shape.rows), [], [])


@pytest.mark.parametrize("name", DESTROYED)
def test_destroyed_ids_are_refused_by_name_with_the_cure(
    name: str, connected: dict[str, Connection], tmp_path: Path
) -> None:
    (shape,) = [shape for shape in read_shapes() if shape.name == name]
    said = " ".join(map(str, orders_found(shape.shop, connected[shape.shop], tmp_path).refusals))
    assert "order_line_id" in said
    assert "spreadsheet" in said


def test_heads_of_orders_alone_are_refused_with_what_to_export(tmp_path: Path) -> None:
    (shape,) = [shape for shape in read_shapes() if shape.name == "taobao_orders"]
    write_shape(shape, tmp_path)
    understood = understand(connection(tmp_path, recognise), {}, is_trusting=True)
    assert "orders.sku_id" in understood.missing.refused
    assert any("export the order lines" in sentence for plan in understood.plans for sentence in plan.assumed)


@pytest.mark.parametrize("shop", ACCEPTED)
def test_a_night_would_accept_what_the_proposals_read(
    shop: str, connected: dict[str, Connection], tmp_path: Path
) -> None:
    written = checked(
        connected[shop], write(connected[shop], understand(connected[shop], {}, is_trusting=True), tmp_path, "en"), NOW
    )
    assert [refusal for entry in written.found for refusal in entry.refusals] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_lists_each_of_them(language: str) -> None:
    assert PAGES[language].read_text(encoding="utf-8") == page(language), (
        "renew with python -m tests.support.shapes_page"
    )
    assert page(language).count("\n| ") - 2 == len(list(SHAPES.glob("*/*.yaml"))) >= 40
