"""Gives pages the words that the report has already, in the reader's one language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.figures import figure_name, figure_text
from xuanpin.pipelines.missing.prices import has_no_outcomes, in_languages
from xuanpin.pipelines.reporting import words
from xuanpin.pipelines.reporting.alarms import statements, subject_name
from xuanpin.pipelines.reporting.broken_rules import broken_rules, check_name
from xuanpin.pipelines.reporting.trial import trial_metric, trial_state, trial_value
from xuanpin.pipelines.reporting.unmatched import unmatched_key, unmatched_values
from xuanpin.pipelines.republishing import holds


def shown_texts(language: Language) -> dict[str, Callable[..., Any]]:
    """Return what a template calls for the words of the report in `language`, by name.

    `say` a fixed text by its key, `code_text` that of a decision code; `alarm_lines` and `subject_title` what is wrong
    with a subject of alarms, and its name; `brake_line` why a brake holds, `held_line` that a list is held,
    `missing_lines` what the sources cost that a run was without, `has_no_outcomes` whether it knew no outcome;
    `table_title`, `check_title` and `rules_line` the names of a table, a check and the rules that a row breaks;
    `trial_line` where a trial stands, `trial_name` a metric of it and `trial_value` a figure of that;
    `unmatched_line` why nobody is given a listed SKU; `figure_name` and `figure_text` a figure of the run.
    """
    return {
        "say": lambda key, **values: words.said(key, language, **values),
        "code_text": lambda code: words.said(f"code_{code or 'gone'}", language),
        "alarm_lines": lambda subject: [said[language] for said in statements(subject)],
        "subject_title": lambda subject: subject_name(subject, language),
        "brake_line": lambda row: holds.brake_sentence(row, language),
        "has_no_outcomes": has_no_outcomes,
        "missing_lines": lambda manifest: [said[language] for said in in_languages(manifest)],
        "held_line": lambda list_date: holds.held_sentence(list_date, language),
        "table_title": lambda table: words.table_name(table, language),
        "check_title": lambda name: check_name(name)[language],
        "rules_line": lambda names: broken_rules(names, language),
        "trial_line": lambda rows: trial_state(rows)[language],
        "trial_name": lambda row: trial_metric(row)[language],
        "trial_value": trial_value,
        "unmatched_line": lambda row: words.said(unmatched_key(row), language, **unmatched_values(row)),
        "figure_name": lambda key: figure_name(key, language),
        "figure_text": figure_text,
    }
