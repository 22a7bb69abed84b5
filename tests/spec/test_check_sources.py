"""`xuanpin check` tells all that is wrong with a folder of drops at once, and touches no home."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.support.drop_folder import NOW, Platform, row
from tests.support.one_language import strangers
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.contracts import OPTIONAL
from xuanpin.pipelines.explained.check import check_text
from xuanpin.pipelines.ingest.checking import check_facts, check_sources
from xuanpin.pipelines.typed.phrase import Phrase, in_language

pytestmark = pytest.mark.whole


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform(tmp_path).fill()


@dataclass(frozen=True)
class Checked:
    """What one check of a platform's drops finds: by table, whether a night may read them, and as a page."""

    by_table: dict[str, Any]
    is_ready: bool
    text: Phrase


def checked(platform: Platform) -> Checked:
    findings = check_sources(platform.sources, platform.settings, NOW)
    facts = check_facts(findings)
    return Checked({entry["table"]: entry for entry in facts["tables"]}, facts["is_ready"], check_text(findings))


def test_good_drops_are_ready(platform: Platform) -> None:
    all_found = checked(platform)
    assert all_found.is_ready
    found = all_found.by_table
    assert {name: (entry["files"], entry["rows"], entry["admitted"]) for name, entry in found.items()} == {
        name: (0, 0, 0) if name in OPTIONAL else (1, 1, 1) for name in found
    }
    assert not platform.home.root.exists()


def test_everything_that_is_wrong_is_told_at_once(platform: Platform) -> None:
    platform.write("products", "empty.csv", b"")
    platform.drop("agents", "short.csv", row("agents", agent_id="A2", daily_slots=...))
    bad = [row("orders", order_line_id=f"L{n}", quantity=-1) for n in range(2, 6)]
    platform.drop("orders", "bad.csv", *bad, row("orders", order_line_id="L9", sku_id="S404"))
    (platform.sources / "groups" / "first.jsonl").unlink()
    platform.write("returns", "~$book.xlsx", b"x")
    all_found = checked(platform)
    found = all_found.by_table
    assert "products/empty.csv is empty" in found["products"]["refusals"][0]
    assert "agents/short.csv has no column daily_slots" in found["agents"]["refusals"][0]
    assert "groups is missing" in found["groups"]["refusals"][0]
    (broken,) = found["orders"]["broken"]
    assert (broken["rule"], broken["rows"], broken["ids"], broken["first_path"], broken["places"]) == (
        "quantity_below_minimum", 4, ["L2", "L3", "L4"], "orders/bad.csv", [2, 3, 4],
    )  # fmt: skip
    assert broken["right"].startswith("right is at least 0; ")
    waiting = found["orders"]["waiting"]
    assert (waiting["waiting"], waiting["rules"]) == (2, ["group_id_unknown", "sku_id_unknown"])
    assert "sku_id S404 of no products row" in waiting["causes"][1]
    assert found["returns"]["passed_over"] == ["returns/~$book.xlsx"]
    assert not all_found.is_ready
    names = ("products/empty.csv", "agents/short.csv", "orders/bad.csv", "returns/~$book.xlsx", broken["rule"])
    settings = ("[sources.tables.agents] columns", "[sources.tables.orders] view", "stand_in")
    assert strangers(in_language(all_found.text, "zh"), "zh", (*names, *settings)) == []


def test_a_few_rows_with_other_words_are_told_with_the_line_that_maps_them(platform: Platform) -> None:
    lines = [row("orders", order_line_id=f"N{number}") for number in range(200)]
    platform.drop("orders", "more.csv", *lines, row("orders", order_line_id="L9", status="待发货"))
    found = checked(platform)
    assert found.is_ready
    assert '[sources.tables.orders.values] status = { "待发货" = "paid" }' in found.text


def test_what_is_accepted_and_should_be_corrected_is_told_by_kind(platform: Platform) -> None:
    platform.drop("orders", "odd.csv", row("orders", order_line_id="N1", sku_id="'S1", delivered_at="1970-01-01"))
    many = [row("products", sku_id=f"S{number}") for number in range(2, 120)]
    newer = row("products", status="gone", updated_at="2026-11-21T10:00:00+08:00")
    platform.drop("products", "newer.jsonl", *many, newer)
    all_found = checked(platform)
    found = all_found.by_table
    assert found["products"]["warned"] == {
        "newer_version_set_aside": [
            "1 newest version set aside, so that an older one is in force: S1; correct the rows where the file is made "
            "and send them again"
        ]
    }
    assert sorted(found["orders"]["warned"]) == ["ids_unknown_as_written", "placeholders"]
    assert "1 new row, in orders/odd.csv: sku_id is unknown" in found["orders"]["warned"]["ids_unknown_as_written"][0]
    assert all_found.is_ready
    for table in ("orders", "products"):
        assert all(
            f"  {told}" in all_found.text for told in (one for some in found[table]["warned"].values() for one in some)
        )
    words = ("active", "paused", "withdrawn", "gone", "[sources.tables.products.values] status")
    assert strangers(in_language(all_found.text, "zh"), "zh", ("orders/odd.csv", "status_not_allowed", *words)) == []


def test_a_row_that_breaks_a_rule_is_named_by_its_first_place(platform: Platform) -> None:
    again = row("orders", order_line_id="L2")
    platform.drop("orders", "again.csv", again, again, again, row("orders", order_line_id="L3", quantity=-1))
    all_found = checked(platform)
    found = all_found.by_table["orders"]
    # Too many break a rule for a night: what would come of the others is not known.
    assert (found["rows"], found["admitted"], found["repeated"]) == (5, 2, 0)
    assert "1 row breaks quantity_below_minimum: first in orders/again.csv, row 5; ids L3" in all_found.text


def test_rows_that_are_repeated_are_told_where_the_drops_are_accepted(platform: Platform) -> None:
    again = row("orders", order_line_id="L2")
    platform.drop("orders", "again.csv", again, again, again)
    all_found = checked(platform)
    found = all_found.by_table["orders"]
    assert (found["rows"], found["admitted"], found["repeated"]) == (4, 2, 2)
    assert "2 rows repeated: the same row came before, and once is enough" in all_found.text


def test_a_header_that_nothing_reads_is_told_with_what_it_may_mean(platform: Platform) -> None:
    platform.drop("products", "named.csv", row("products", sku_id="S2") | {"brands": "好", "内部备注": "x"})
    all_found = checked(platform)
    found = all_found.by_table["products"]
    assert (found["ignored"], found["suggested"]) == (["brands", "内部备注"], {"brands": "brand"})
    told = 'did you mean brand? Map it: [sources.tables.products] columns = { "brands" = "brand" }'
    assert told in all_found.text


def test_a_damaged_file_does_not_stop_the_look_at_other_tables(platform: Platform) -> None:
    whole = platform.drop("products", "damaged.parquet", *[row("products", sku_id=f"S{n}") for n in range(500)])
    content = bytearray(whole.read_bytes())
    content[40:200] = b"\xff" * 160
    platform.write("products", "damaged.parquet", bytes(content))
    platform.drop("returns", "bad.jsonl", row("returns", return_id="R2", quantity=-1))
    found = checked(platform).by_table
    assert "cannot be read to its end" in found["products"]["refusals"][0]
    assert found["returns"]["broken"][0]["rule"] == "quantity_below_minimum"


def test_the_verb_leaves_with_what_a_night_would(platform: Platform) -> None:
    run = CliRunner().invoke(app, ["check", "--sources", str(platform.sources), "--json"])
    assert (run.exit_code, json.loads(run.stdout)["is_ready"]) == (0, True)
    platform.write("products", "empty.csv", b"")
    run = CliRunner().invoke(app, ["check", "--sources", str(platform.sources)])
    assert run.exit_code == 3
    assert "A night would refuse this folder; faults: 1" in run.stdout
