"""One language at a time: whatever a night has to tell, no page and no card mixes Chinese and English."""

from __future__ import annotations

from datetime import date
from typing import Any

import openpyxl
import pytest

from tests.support.one_language import BUTTONS, mixed, spans, strangers
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.explain import agent_facts, sku_facts, status_facts
from xuanpin.pipelines.explained.agent import agent_text
from xuanpin.pipelines.explained.review import review_summary
from xuanpin.pipelines.explained.sku import sku_text
from xuanpin.pipelines.explained.status import status_text
from xuanpin.pipelines.reporting.broken_rules import broken_rule
from xuanpin.pipelines.reporting.card import card_text
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.phrase import in_language

QUOTED = ("title", "category", "supplier_id", "brand", "style_tags", "series_tags", "reason", "author")
"""Columns whose values are data, in whatever language the platform writes them."""


@pytest.fixture(scope="module")
def data(golden_home: Home) -> set[str]:
    """What the golden platform writes itself, and texts may quote."""
    run = run_store.require_run(golden_home)
    scored = run_store.read_table(golden_home, run, "sku_scorecard", ["title", "category", "supplier_id"])
    found = {value for column in scored.columns for value in column.to_pylist()}
    found |= {part for category in scored["category"].to_pylist() for part in category.split("/")}
    return found | {value for row in _sources(golden_home) for name in QUOTED for value in _values(row.get(name))}


def _sources(home: Home) -> list[dict[str, Any]]:
    from xuanpin.pipelines.engine import open_engine

    engine = open_engine(home.warehouse)
    try:
        tables = ("source.products", "source.overrides", "source.agents")
        return [row for table in tables for row in engine.read(table).to_pylist()]
    finally:
        engine.close()


def _values(cell: Any) -> list[str]:
    return [value for value in (cell if isinstance(cell, list) else [cell]) if isinstance(value, str) and value]


def test_no_span_of_the_report_has_words_of_the_other_language(golden_home: Home, data: set[str]) -> None:
    page = run_store.run_folder(golden_home, run_store.require_run(golden_home)) / "report.html"
    found = spans(page.read_text(encoding="utf-8"))
    assert {language for language, _ in found} == {"zh", "en"} and len(found) > 500
    assert list(mixed(((language, text) for language, text in found if text not in BUTTONS), data)) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_card_has_words_of_the_other_language(golden_home: Home, data: set[str], language: Language) -> None:
    run = run_store.require_run(golden_home)
    agents = run_store.read_table(golden_home, run, "agent_summary", ["agent_id"])["agent_id"].to_pylist()
    for agent in agents[:20]:
        card = card_text(agent_facts(golden_home, agent, None), language)
        assert strangers(card, language, data) == [], agent


def test_no_cell_of_the_workbook_has_english_words(golden_home: Home, data: set[str]) -> None:
    run = run_store.require_run(golden_home)
    book = openpyxl.load_workbook(run_store.run_folder(golden_home, run) / "report.xlsx")
    assert len(book.sheetnames) > 10
    for sheet in book:
        titles, *rows = [list(row) for row in sheet.values]
        # Names in English stand below the Chinese ones, and beside them in the summary.
        said = [cell for row in (titles, *rows[1:]) for cell in (row[:1] if sheet is book.worksheets[0] else row)]
        texts = [cell for cell in said if isinstance(cell, str)]
        assert [text for text in texts if strangers(text, "zh", data)] == [], sheet.title


def test_every_check_of_a_night_is_said_in_both_languages(golden_home: Home) -> None:
    run = run_store.require_run(golden_home)
    names = run_store.read_table(golden_home, run, "run_quality", ["check_name", "table_name"]).to_pylist()
    checks = {row["check_name"] for row in names if row["table_name"] != "brakes"}
    unsaid = [name for name in sorted(checks) for rule in [name.partition(".")[2]] if broken_rule(rule, "zh") == rule]
    assert len(checks) > 100 and unsaid == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_review_and_no_explanation_has_words_of_the_other_language(
    golden_home: Home, data: set[str], language: Language
) -> None:
    run = run_store.require_run(golden_home)
    said = [review_summary(golden_home, date.fromisoformat(run.list_date))]
    said.append(status_text(status_facts(golden_home, None, Settings())))
    for table, column, facts_of, text_of in (
        ("sku_scorecard", "sku_id", sku_facts, sku_text),
        ("agent_summary", "agent_id", agent_facts, agent_text),
    ):
        ids = run_store.read_table(golden_home, run, table, [column])[column].to_pylist()
        said += [text_of(facts_of(golden_home, name, None)) for name in ids[:8]]
    quoted = data | {str(run_store.run_folder(golden_home, run) / "report.html")}
    assert [found for text in said if (found := strangers(in_language(text, language), language, quoted))] == []
