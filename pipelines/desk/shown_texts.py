"""Gives pages the words that the report has already, in the reader's one language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xuanpin.pipelines.contracts import source_contracts
from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.reporting import words
from xuanpin.pipelines.reporting.alarms import Row, statements
from xuanpin.pipelines.republishing import holds


def shown_texts(language: Language) -> dict[str, Callable[..., Any]]:
    """Return what a template calls for the words of the report in `language`, by name.

    `say` a fixed text by its key, `code_text` that of a decision code, `alarm_lines` what is wrong with a subject,
    `brake_line` why a brake holds, `held_line` that a list is held, `source_title` the name of a source table.
    """
    names = {contract.name: contract.name_zh for contract in source_contracts()}
    return {
        "say": lambda key, **values: words.said(key, language, **values),
        "code_text": lambda code: words.said(f"code_{code or 'gone'}", language),
        "alarm_lines": lambda subject: alarm_lines(subject, language),
        "brake_line": lambda row: holds.brake_sentence(row, language),
        "held_line": lambda list_date: holds.held_sentence(list_date, language),
        "source_title": lambda table: names.get(table, table) if language == "zh" else table,
    }


def alarm_lines(subject: Row, language: Language) -> list[str]:
    """Return what is wrong with a `subject` of rolled-up alarms, a sentence each."""
    return [said[language] for said in statements(subject)]
