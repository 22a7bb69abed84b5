"""What workers tell of single files: it comes back as it was, nothing else does, and all of it makes one account."""

import pickle
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.errors import InputRefused, UsageError
from xuanpin.pipelines.ingest.drops import Drop
from xuanpin.pipelines.ingest.file_check import (
    NO_NAMES,
    NO_WORDS,
    FileCheck,
    FileFacts,
    drop_of,
    read_facts,
    result_schema,
    row_of,
)
from xuanpin.pipelines.ingest.incoming import ReadAborted
from xuanpin.pipelines.ingest.mapping import TableMapping
from xuanpin.pipelines.ingest.merged_facts import merge_notes, merged_damages
from xuanpin.pipelines.ingest.notes import Notes, Stage
from xuanpin.pipelines.ingest.on_workers import FILE_COLUMNS
from xuanpin.pipelines.ingest.plausible import Plausible
from xuanpin.pipelines.typed.phrase import Joined, Phrase, as_is, joined, phrase

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


def test_facts_come_back_as_they_were() -> None:
    known = facts(
        "a.csv", (Stage.READ, "is odd"), placeholders={"delivered_at": 2}, aborted=joined([phrase("torn"), "x"])
    )
    read = read_facts(pickle.dumps(known))
    assert read == known
    (refusal,) = read.notes.refusals
    assert isinstance(refusal, Joined) and isinstance(refusal.parts[0], Phrase)
    assert refusal.parts[0].values == {"path": "a.csv", "said": "is odd"}


class Call:
    """What a stranger may write: a call of a function of ours in place of a value."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return as_is, ("called",)


@pytest.mark.parametrize("content", [facts("a.csv", aborted=Call()), print, Path("/"), phrase, Drop, drop("a.csv")])
def test_nothing_else_is_read_from_the_lake(content: Any) -> None:
    with pytest.raises(pickle.UnpicklingError):
        read_facts(pickle.dumps(content))


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
