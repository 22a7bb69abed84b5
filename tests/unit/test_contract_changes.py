"""What breaks readers or suppliers of the last release is found and named; what does not is let through."""

import re
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.contract_edits import ALLOWED, BREAKING, Edit, Entry
from tests.support.old_home import unpacked
from tools import contract_changes as tool
from tools.contract_changes import Compared, digest, faults, notes
from tools.contract_facts import Facts, Side, code_facts, table_facts
from tools.contract_judges import COLUMN, TABLE, Change, contract_changes
from xuanpin.pipelines.contracts import OPTIONAL, TABLES, complete_document
from xuanpin.pipelines.contracts.sql import arrow_type

ROOT = Path(tool.__file__).resolve().parents[1]
PUBLISHED: dict[str, Side] = dict.fromkeys(TABLES["published"], "published")
SIDES: dict[str, Side] = PUBLISHED | dict.fromkeys(TABLES["source"], "sources")
DOCUMENTS = {name: complete_document(name) for name in SIDES}


def facts(document: Entry, **others: Any) -> Facts:
    return table_facts(document, {}, document["name"] in OPTIONAL) | others


def changed(name: str, now: Entry | None) -> list[Change]:
    """What changed in the contract `name` where its document is `now`."""
    return list(contract_changes(f"{SIDES[name]}.{name}", facts(DOCUMENTS[name]), now and facts(now)))


def compared(found: list[Change], version: str) -> Compared:
    return Compared(found[0].place if found else "", tuple(found), "1.4.2", version)


def edited(data: st.DataObject, edits: dict[str, Edit]) -> tuple[Edit, str, list[Change]]:
    """One of the edits of one place of one contract: where it is, and what is found."""
    edit = edits[data.draw(st.sampled_from(sorted(edits)))]
    name = data.draw(st.sampled_from([name for name, side in SIDES.items() if side in edit.sides]))
    now = deepcopy(DOCUMENTS[name])
    table = now["schema"][0]
    if edit.is_of_table:
        assume(edit.write(table))
        return edit, f"{SIDES[name]}.{name}", changed(name, now)
    fitting = [index for index, entry in enumerate(table["properties"]) if edit.write(deepcopy(entry))]
    assume(fitting)
    entry = table["properties"][data.draw(st.sampled_from(fitting))]
    edit.write(entry)
    return edit, f"{SIDES[name]}.{name}.{entry['name']}", changed(name, now)


@given(st.data())
def test_any_single_break_is_found_and_named_unless_the_major_version_rises(data: st.DataObject) -> None:
    edit, place, found = edited(data, BREAKING)
    assert [change.kind for change in found] == [edit.kind]
    for version in ("1.4.2", "1.5.0"):
        (fault,) = faults(compared(found, version), {})
        assert fault.startswith(place) and edit.kind in fault and "to 2.0.0" in fault
    assert list(faults(compared(found, "2.0.0"), {})) == []


@given(st.data())
def test_any_single_addition_passes_under_a_higher_minor_version(data: st.DataObject) -> None:
    edit, place, found = edited(data, ALLOWED)
    assert [change.kind for change in found] == [edit.kind]
    assert found[0].place.startswith(place)
    assert list(faults(compared(found, "1.5.0"), {})) == []
    (fault,) = faults(compared(found, "1.4.3"), {})
    assert fault.endswith("write version: 1.5.0")


@given(st.sampled_from(sorted(SIDES)), st.data())
def test_a_column_that_is_gone_or_renamed_is_named(name: str, data: st.DataObject) -> None:
    now = deepcopy(DOCUMENTS[name])
    entry = data.draw(st.sampled_from(now["schema"][0]["properties"]))
    before, entry["name"] = entry["name"], "renamed"
    gone = [change.place for change in changed(name, now) if change.kind == "column" and change.now is None]
    assert gone == [f"{SIDES[name]}.{name}.{before}"]


@pytest.mark.parametrize("name", sorted(SIDES))
def test_a_contract_that_is_the_same_has_no_changes(name: str) -> None:
    assert changed(name, deepcopy(DOCUMENTS[name])) == []


@pytest.mark.parametrize(
    ("fact", "before", "now", "readers", "suppliers"),
    [
        ("freshness", 1, 2, "breaking", "allowed"),
        ("freshness", 2, 1, "allowed", "breaking"),
        ("freshness", 1, None, "breaking", "allowed"),
        ("freshness", None, 1, "allowed", "breaking"),
        ("key", ["a", "b"], ["a"], "breaking", "breaking"),
        ("key", ["a"], ["a", "b"], "breaking", "breaking"),
        ("optional", None, True, "breaking", "allowed"),
        ("type", "DECIMAL(12,2)", "DECIMAL(14,2)", "breaking", "allowed"),
        ("type", "DECIMAL(14,2)", "DECIMAL(12,2)", "breaking", "breaking"),
        ("type", "DECIMAL(12,2)", "DECIMAL(12,3)", "breaking", "breaking"),
        ("type", "FLOAT", "DOUBLE", "breaking", "allowed"),
        ("type", "VARCHAR", "INTEGER", "breaking", "breaking"),
        ("unit", None, "CNY", "wording", "wording"),
        ("unit", "CNY", None, "breaking", "breaking"),
        ("minimum", 1, 0, "breaking", "allowed"),
        ("minimum", 0, 1, "breaking", "breaking"),
        ("maximum", None, 1, "breaking", "breaking"),
        ("refers_to", None, "orders.order_id", "allowed", "breaking"),
        ("marks", ["lastDay"], ["codes", "lastDay"], "allowed", "allowed"),
        ("presence", "one of a, b", "may be empty", "breaking", "allowed"),
    ],
)
def test_readers_and_suppliers_are_broken_by_different_things(
    fact: str, before: object, now: object, readers: str, suppliers: str
) -> None:
    judges = {**TABLE, **COLUMN}[fact]
    assert (judges["published"](before, now), judges["sources"](before, now)) == (readers, suppliers)


@pytest.mark.parametrize(("side", "severity"), [("published", "warning"), ("sources", "critical")])
def test_readers_are_promised_less_by_a_warning_suppliers_asked_for_more_by_a_refusal(side: str, severity: str) -> None:
    weights = {}
    for now in ("warning", "critical"):
        before, after = (
            {"columns": {}, "key": [], "rules": {"r": {"severity": word, "query": "q"}}}
            for word in ({"warning": "critical", "critical": "warning"}[now], now)
        )
        (change,) = contract_changes(f"{side}.x", before, after)
        weights[now] = change.weight
    assert weights.pop(severity) == "breaking"
    assert set(weights.values()) == {"allowed"}


LOW = {"tables": ["sku_list"], "en": "{n} of {m}.", "zh": "{n} / {m}。"}
CODES = {
    "version": "1.0.0",
    "codes": {"low": LOW},
}


@pytest.mark.parametrize(
    ("code", "kind", "weight"),
    [
        (None, "code", "breaking"),
        ({"tables": []}, "tables", "breaking"),
        ({"tables": ["alarms", "sku_list"]}, "tables", "allowed"),
        ({"en": "{n} in {m}."}, "meaning", "wording"),
    ],
)
def test_codes_of_reasons_are_held_too(code: Entry | None, kind: str, weight: str) -> None:
    codes = {} if code is None else {"low": LOW | code}
    (change,) = contract_changes("published.reason_codes", code_facts(CODES), code_facts(CODES | {"codes": codes}))
    assert (change.kind, change.weight) == (kind, weight)


def test_a_key_of_a_reason_that_is_gone_breaks_who_reads_it() -> None:
    now = CODES | {"codes": {"low": LOW | {"en": "{n}.", "zh": "{n}。"}}}
    found = list(contract_changes("published.reason_codes", code_facts(CODES), code_facts(now)))
    assert [(change.kind, change.weight) for change in found] == [("keys", "breaking"), ("meaning", "wording")]


@pytest.mark.parametrize(
    ("name", "is_gone", "weight"),
    [
        ("alarms", True, "breaking"),
        ("alarms", False, "allowed"),
        ("supplier_offers", False, "allowed"),
        ("orders", False, "breaking"),
    ],
)
def test_no_table_goes_and_no_source_is_asked_for(name: str, is_gone: bool, weight: str) -> None:
    here = facts(DOCUMENTS[name])
    before, now = (here, None) if is_gone else (None, here)
    (change,) = contract_changes(f"{SIDES[name]}.{name}", before, now)
    assert (change.kind, change.weight) == ("table", weight)


def test_either_of_two_columns_may_be_given_where_one_was_required() -> None:
    now = deepcopy(DOCUMENTS["returns"])
    before = deepcopy(now)
    columns = before["schema"][0]["properties"]
    before["schema"][0]["properties"] = [entry for entry in columns if entry["name"] != "order_id"]
    next(entry for entry in columns if entry["name"] == "order_line_id")["required"] = True
    there, back = (
        {(change.place, change.kind, change.weight) for change in contract_changes("sources.returns", old, new)}
        for old, new in ((facts(before), facts(now)), (facts(now), facts(before)))
    )
    assert ("sources.returns.order_id", "column", "allowed") in there
    assert ("sources.returns.order_line_id", "presence", "allowed") in there
    assert ("sources.returns.order_line_id", "presence", "breaking") in back


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the tool reads, as it is when the contracts have just been released and the next version begun."""
    shutil.copytree(ROOT / "data_contracts", tmp_path / "data_contracts")
    (tmp_path / "tools").mkdir()
    own = tool.own_version(ROOT)
    (tmp_path / "CHANGELOG.md").write_text(f"## 99.0.0 (unreleased)\n\n## {own} · 2026-12-24\n", encoding="utf-8")
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    tool.write_release(tmp_path)
    replaced(tmp_path / "setup.cfg", f"\nversion = {own}\n", "\nversion = 99.0.0\n")
    return tmp_path


def replaced(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_this_tree_breaks_nothing_that_was_released(capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.main([]) == 0, capsys.readouterr().out


def test_a_text_that_means_the_same_is_declared_for_these_words(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tree / "data_contracts" / "published" / "alarms.yaml"
    replaced(file, "Changes for the worse that the run detected.", "What became worse.")
    assert tool.main([], tree) == 1
    assert (
        "published.alarms: meaning was Changes for the worse that the run detected., is What became worse.; if it means"
        " the same, python -m tools.contract_changes --reworded published.alarms; if not, raise"
    ) in capsys.readouterr().out
    assert tool.main(["--reworded", "published.al*"], tree) == 0
    assert tool.main([], tree) == 0
    replaced(file, "What became worse.", "What became better.")
    assert tool.main([], tree) == 1
    said = capsys.readouterr().out
    assert "is What became better.; if it means" in said
    assert "tools/contracts_reworded.yaml: published.alarms: there is no such change; remove the line" in said


def test_a_release_describes_the_contracts_once_its_day_is_written(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tool.main(["--release"], tree) == 1
    assert "CHANGELOG.md has no day for 99.0.0" in capsys.readouterr().out
    replaced(tree / "CHANGELOG.md", "## 99.0.0 (unreleased)", "## 99.0.0 · 2027-01-24")
    assert tool.main([], tree) == 1
    assert "and 99.0.0 is released; run it with --release" in capsys.readouterr().out
    assert tool.main(["--release"], tree) == 0
    assert tool.main([], tree) == 0


def test_a_release_that_breaks_is_not_described(tree: Path) -> None:
    replaced(tree / "CHANGELOG.md", "## 99.0.0 (unreleased)", "## 99.0.0 · 2027-01-24")
    replaced(tree / "data_contracts" / "published" / "alarms.yaml", "{value: sku, ", "{value: goods, ")
    before = (tree / tool.RELEASED).read_bytes()
    assert tool.main(["--release"], tree) == 1
    assert (tree / tool.RELEASED).read_bytes() == before


def test_a_table_goes_only_with_a_major_version_of_the_program(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "data_contracts" / "published" / "alarms.yaml").unlink()
    assert tool.main([], tree) == 0
    assert "published.alarms: table is gone; allowed by version 99.0.0" in capsys.readouterr().out
    replaced(tree / "setup.cfg", "\nversion = 99.0.0\n", f"\nversion = {tool.own_version(ROOT)}\n")
    assert tool.main([], tree) == 1
    said = capsys.readouterr().out
    assert "published.alarms: table is gone; take it back, or raise the version of setup.cfg to " in said


def test_a_version_never_falls(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tree / "data_contracts" / "published" / "alarms.yaml"
    file.write_text(
        re.sub(r"\nversion: .+\n", "\nversion: 0.9.0\n", file.read_text(encoding="utf-8")), encoding="utf-8"
    )
    assert tool.main([], tree) == 1
    assert "published.alarms: version 0.9.0 is lower than the released" in capsys.readouterr().out


def test_other_words_are_answered_with_what_it_understands(capsys: pytest.CaptureFixture[str]) -> None:
    assert [tool.main(words) for words in (["--reworded"], ["--check"])] == [2, 2]
    assert "usage: python -m tools.contract_changes" in capsys.readouterr().err


def test_a_change_of_other_words_has_another_digest() -> None:
    changes = [Change("a", "meaning", ["x", "y"], [now, "y"], "wording") for now in ("z", "z.", "z")]
    assert len({digest(change) for change in changes}) == 2


def test_the_description_of_the_release_is_what_it_published(tmp_path: Path) -> None:
    """A home that the release wrote says so independently."""
    released = yaml.safe_load((ROOT / tool.RELEASED).read_text(encoding="utf-8"))
    home = unpacked(released["release"].replace(".", "_"), tmp_path)
    described = {name for name in released["contracts"] if name.startswith("published.")} - {"published.reason_codes"}
    found = {f"published.{file.stem}": pq.read_schema(file) for file in home.root.glob("published/*/run=*/*.parquet")}
    assert found.keys() == described
    for name, schema in found.items():
        columns = released["contracts"][name]["columns"]
        assert schema.names == list(columns)
        assert schema.types == [arrow_type(column["type"]) for column in columns.values()]


def test_a_note_on_a_long_query_is_one_line() -> None:
    query = Change("published.x.rule", "query", "select " * 99, "select 1", "breaking")
    assert list(notes(compared([query], "2.0.0"), {})) == [
        "published.x.rule: query is another, see --list; allowed by version 2.0.0 after 1.4.2"
    ]
