"""What workers tell of single files: nothing else is read of them, and all of it makes one account."""

import json
import pickle
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.errors import InputRefused, UsageError
from xuanpin.pipelines.ingest.damaged_files import ReadAborted
from xuanpin.pipelines.ingest.drops import Drop
from xuanpin.pipelines.ingest.facts_as_json import facts_as_json, facts_from_json
from xuanpin.pipelines.ingest.file_check import (
    NO_NAMES,
    NO_WORDS,
    FileCheck,
    drop_of,
    result_schema,
    row_of,
)
from xuanpin.pipelines.ingest.file_facts import FileFacts
from xuanpin.pipelines.ingest.mapping import TableMapping
from xuanpin.pipelines.ingest.merged_facts import merge_notes, merged_damages
from xuanpin.pipelines.ingest.notes import Notes, Stage
from xuanpin.pipelines.ingest.on_workers import FILE_COLUMNS
from xuanpin.pipelines.ingest.plausible import Plausible
from xuanpin.pipelines.typed.as_json import as_json
from xuanpin.pipelines.typed.phrase import in_language, phrase

TIMES = Plausible(date(2000, 1, 1), datetime(2026, 11, 22, 1, 30))
ORDERS = load_contract("orders")
WHOLE = tuple((name, "VARCHAR") for name in ORDERS.column_names)


def drop(path: str) -> Drop:
    return Drop("orders", path, Path("/sources") / path, 1, "hash", "stamp")


def facts(path: str, *refusals: tuple[Stage, str], **known: Any) -> FileFacts:
    notes = Notes("orders", told=Counter({"totals": 1}), other_sheets=[f"Sheet2 of {path}"])
    for notes.stage, said in refusals:
        notes.refuse(InputRefused(phrase("{path} {said}", path=path, said=said)))
    return FileFacts(path, notes, **{"shape": ("csv", WHOLE), "columns": WHOLE, **known})


def merged(*found: FileFacts) -> Notes:
    notes = Notes("orders")
    merge_notes(TableMapping(ORDERS), [drop(one.path) for one in found], found, notes)
    return notes


def content(**changed: Any) -> dict[str, Any]:
    """The parts of good facts as JSON, with other values in place of some."""
    keys, values = json.loads(facts_as_json(facts("a.csv")))["dict"]
    named = zip(keys["tuple"], values["tuple"], strict=True)
    return {"dict": [keys, {"tuple": [changed.get(name, value) for name, value in named]}]}


def said(text: object, template: object, *names_and_values: object) -> dict[str, Any]:
    """A message as JSON, as anybody may write it."""
    names, values = names_and_values[::2], names_and_values[1::2]
    return {"phrase": [text, template, {"dict": [{"tuple": [*names]}, {"tuple": [*values]}]}]}


def test_what_a_stranger_writes_is_read_where_it_is_as_a_worker_writes_it() -> None:
    sent = content(aborted=said("row 7", "row {number}", "number", 7))
    read = facts_from_json(json.dumps(sent))
    assert read == facts("a.csv", aborted=phrase("row {number}", number=7))
    assert read.aborted is not None and in_language(read.aborted, "zh") == "第 7 行"


@pytest.mark.parametrize(
    "aborted",
    [
        pytest.param(
            said("<class 'int'>", "{n.__class__}", "n", 7), id="a template that reads what a value belongs to"
        ),
        pytest.param(said(" " * 99 + "7", "{number:100}", "number", 7), id="a template that asks for memory"),
        pytest.param(said("row 8", "row {number}", "number", 7), id="another text than that of its template"),
        pytest.param(said("row 7", "row {number}", "numbers", 7), id="no value for its template"),
        pytest.param(said("row 7", "row {number}", 7, 7), id="a value without a name"),
        pytest.param({"phrase": ["row 7", "row {number}", None]}, id="no values"),
        pytest.param(said(7, None), id="a number for a message"),
        pytest.param({"phrase": ["x"]}, id="parts are missing"),
        pytest.param({"phrase": "x"}, id="parts are no list"),
        pytest.param({"joined": [{"tuple": ["a", 7]}, ", "]}, id="a number is joined"),
        pytest.param({"joined": [{"tuple": ["a", "b"]}, "<br>"]}, id="another joint"),
        pytest.param({"joined": ["ab", ", "]}, id="no parts are joined"),
        pytest.param({"bilingual": ["a", 7]}, id="a number for Chinese"),
        pytest.param({"decimal": ["many"]}, id="a word for a number"),
        pytest.param({"day": ["2026-13-01"]}, id="no day"),
        pytest.param({"call": ["os.system", "x"]}, id="an unknown kind"),
        pytest.param({"list": [], "tuple": []}, id="two kinds"),
        pytest.param({"dict": [{"tuple": [{"list": []}]}, {"tuple": [1]}]}, id="a list for a key"),
        pytest.param([], id="a list without its kind"),
        pytest.param("torn", id="a text for a message"),
    ],
)
def test_no_other_message_is_read_from_the_lake(aborted: object) -> None:
    with pytest.raises(UsageError, match="what a worker of the cluster says of a file cannot be read"):
        facts_from_json(json.dumps(content(aborted=aborted)))


NOTES = {**vars(Notes("orders")), "told": {}, "stage": 0}


@pytest.mark.parametrize(
    "changed",
    [
        {"path": None},
        {"shape": "csv"},
        {"columns": (("name",),)},
        {"columns": [("name", "VARCHAR")]},
        {"rows": True},
        {"names": (7,)},
        {"damages": {"order_line_id": [7]}},
        {"placeholders": {"delivered_at": 1.5}},
        {"placeholders": {7: 1}},
        {"misfit": 7},
        {"notes": None},
        {"notes": {**NOTES, "stage": 9}},
        {"notes": {**NOTES, "refused_at": [0]}},
        {"notes": {**NOTES, "refusals": ["is odd"], "refused_at": [0]}},
        {"notes": {**NOTES, "warned": {"kind": ["odd"]}}},
        {"notes": {**NOTES, "is_new": True}},
        {"notes": {name: value for name, value in NOTES.items() if name != "told"}},
    ],
)
def test_no_other_value_of_a_field_is_read(changed: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        facts_from_json(json.dumps(content(**{name: as_json(value) for name, value in changed.items()})))


@pytest.mark.parametrize(
    "text",
    ["", "null", "{}", "[1]", "7", '"facts"', '{"dict": [[], []]}', "[" * 100_000, '{"list": [' * 100_000, "1" * 5_000],
)
def test_nothing_else_is_read_from_the_lake(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be read") as caught:
        facts_from_json(text)
    assert "无法读取" in in_language(caught.value, "zh")


@pytest.mark.parametrize("value", [Path("/"), ValueError("x"), Stage.OPEN, b"x", {"x"}, Counter("x")])
def test_a_value_that_could_not_come_back_is_not_sent(value: object) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        facts_as_json(facts("a.csv", aborted=phrase("row {number}", number=value)))


def test_a_drop_reaches_a_worker_whatever_the_bytes_of_its_name() -> None:
    sent = Drop("orders", "odd.csv", Path("/sources/odd\udcff.csv"), 9, "hash", "stamp", shown_on=date(2026, 11, 20))
    table = pa.Table.from_pylist([{"file_no": 0, **row_of(sent)}], schema=FILE_COLUMNS)
    assert drop_of(table.to_pylist()[0]) == sent


def test_a_check_can_be_pickled_and_knows_its_columns() -> None:
    schema = result_schema(ORDERS, TIMES)
    check = FileCheck(TableMapping(ORDERS), TIMES, b"key", NO_NAMES, NO_WORDS, schema)
    assert pickle.loads(pickle.dumps(check)) == check
    assert {"order_line_id", "drop_path", "rules", "row_key", "raw", "facts"} <= set(schema.names)
    assert "customer_name" not in schema.names


def test_refusals_stand_stage_by_stage_and_then_by_file() -> None:
    b = facts("b.csv", (Stage.READ, "2"), (Stage.JUDGE, "5"))
    a = facts("a.csv", (Stage.READ, "1"), (Stage.COMPARE, "3"), (Stage.JUDGE, "4"))
    c = facts("c.csv", (Stage.OPEN, "0"), shape=None, columns=())
    notes = merged(b, a, c)
    assert [said[-1] for said in notes.refusals] == list("012345")
    assert (notes.told, notes.other_sheets[0]) == (Counter({"totals": 3}), "Sheet2 of b.csv")


def test_files_of_one_shape_that_lack_a_column_are_refused_once() -> None:
    short = tuple(column for column in WHOLE if column[0] != "sku_id")
    lacking: dict[str, Any] = {"shape": ("csv", short), "columns": short}
    notes = merged(*(facts(path, (Stage.READ, "lacks it"), **lacking) for path in ("b.csv", "a.csv")))
    assert len(notes.refusals) == 1
    assert "a.csv has no column sku_id" in notes.refusals[0] and "1 more file" in notes.refusals[0]


def test_a_torn_file_ends_the_reading_and_a_wrong_mapping_too() -> None:
    with pytest.raises(ReadAborted, match="torn"):
        merged(facts("a.csv"), facts("b.csv", shape=None, columns=(), aborted=phrase("torn")))
    with pytest.raises(UsageError, match="no such view"):
        merged(facts("a.csv", shape=None, columns=(), misfit=phrase("no such view")))


def test_damages_are_counted_in_the_order_of_the_paths() -> None:
    found = [facts(path, damages={"order_line_id": [{"drop_path": path}]}) for path in ("b.csv", "a.csv")]
    assert merged_damages(ORDERS, found) == {"order_line_id": [{"drop_path": "a.csv"}, {"drop_path": "b.csv"}]}
