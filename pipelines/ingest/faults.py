"""Describes what is wrong with rows: where, what would be right and which setting maps it, without personal data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xuanpin.models.text.names import KnownNames
from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest.casts import typed_columns
from xuanpin.pipelines.ingest.damaged_ids import CURE
from xuanpin.pipelines.ingest.formats.records import ROW_FAULTS
from xuanpin.pipelines.ingest.proved_layouts import layout_advice
from xuanpin.pipelines.ingest.shown_values import shown_values
from xuanpin.pipelines.ingest.statements.faults import fault_examples, unfit_examples
from xuanpin.pipelines.ingest.statements.plausible import is_time
from xuanpin.pipelines.ingest.statements.scratch import CHECKED, INCOMING
from xuanpin.pipelines.ingest.unknown_words import word_mapping
from xuanpin.pipelines.ingest.vectors import usual_length
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, joined, phrase

SYSTEMATIC_SHARE = 0.5
"""Share of a file's rows from which a fault is one of the export and not of single rows."""
_EXAMPLES: Mapping[str, Phrase] = {
    "TIMESTAMP": phrase("a time such as 2026-11-21 10:00:00 (Beijing) or 2026-11-21T10:00:00+08:00"),
    "DATE": phrase("a day such as 2026-11-21"),
    "TIME": phrase("a time of day such as 20:00"),
    "INTEGER": phrase("a whole number such as 2"),
    "BIGINT": phrase("a whole number such as 2"),
    "BOOLEAN": phrase("true or false (1 or 0, 是 or 否)"),
    "DOUBLE": phrase("a number such as 0.85"),
}


@dataclass(frozen=True)
class Fault:
    """One rule that rows of a table break.

    `column` is the one to look at. `row_count` of the `file_rows` rows of the file `path` break the rule; up to three
    `ids`, `row_numbers` and `values` are examples from it.
    """

    rule: str
    column: Column
    path: str
    row_count: int
    file_rows: int
    ids: Sequence[str]
    row_numbers: Sequence[int]
    values: Sequence[str]

    @property
    def is_systematic(self) -> bool:
        """Whether the export writes it so: more rows of the file than single faults make, or a word not translated."""
        is_word = self.rule == f"{self.column.name}_not_allowed"
        return is_word or self.row_count > SYSTEMATIC_SHARE * self.file_rows


def find_faults(engine: Engine, contract: Contract, rules: Sequence[str]) -> list[Fault]:
    """Return a description of each of the rules that checked rows break."""
    typed = {column.name for column in typed_columns(contract)}
    faults = []
    for rule in rules:
        column = rule_column(contract, rule)
        sql = fault_examples(rule, column, has_raw=column.name in typed)
        found = engine.query(sql).to_pylist()[0]
        listed: dict[str, Any] = {name: found.pop(name) or () for name in ("ids", "row_numbers", "values")}
        faults.append(Fault(rule, column, **found, **listed))
    return faults


def right_values(engine: Engine, contract: Contract, rule: str) -> Phrase:
    """Say what would be right where checked rows break a `rule`, and which setting maps what they hold."""
    if (problem := ROW_FAULTS.get(rule)) is not None:
        return problem
    return what_is_right(engine, contract, find_faults(engine, contract, [rule])[0])


def rule_column(contract: Contract, rule: str) -> Column:
    """Return the column that a rule is about: the first it names where it compares several, the key for a whole row."""
    if rule in ROW_FAULTS:
        return contract.column(contract.key[0])
    for declared in contract.rules:
        if declared.name == rule:
            return contract.column(declared.columns[0])
    return contract.column(rule.rpartition("_")[0])


def describe(engine: Engine, contract: Contract, fault: Fault, known: KnownNames) -> Phrase:
    """Say in one clause what breaks a rule, where, and what would be right; of `known` persons nothing is shown."""
    rows = phrase(
        "{bad} of {rows} rows of {path}",
        bad=fault.row_count,
        rows=fault.file_rows,
        path=fault.path,
    )
    numbers = _numbered(fault.row_numbers)
    ids = phrase(", such as {ids}", ids=joined(fault.ids)) if fault.ids else NOTHING
    values = shown_values(contract, fault.column, fault.values, known)
    if (problem := ROW_FAULTS.get(fault.rule)) is not None:
        return phrase(
            "{rule}: {rows}{numbers}; {problem}", rule=fault.rule, rows=rows, numbers=numbers, problem=problem
        )
    held = (
        phrase(" hold {values} in column {column}", values=values, column=fault.column.name)
        if values
        else phrase(" break it in column {column}", column=fault.column.name)
    )
    right = what_is_right(engine, contract, fault)
    return phrase(
        "{rule}: {rows}{numbers}{ids},{held}; {right}",
        rule=fault.rule,
        rows=rows,
        numbers=numbers,
        ids=ids,
        held=held,
        right=right,
    )


def _numbered(rows: Sequence[int]) -> Phrase:
    return phrase(" (row {rows})", rows=joined(map(str, rows))) if rows else NOTHING


def what_is_right(engine: Engine, contract: Contract, fault: Fault) -> Phrase:
    """Say what a column should hold, and where to map what it does hold; of a rule over columns, what it finds."""
    name, section = fault.column.name, f"[sources.tables.{contract.name}]"
    kind = fault.rule.removeprefix(f"{name}_")
    if kind == "not_allowed":
        return phrase(
            "right is one of {allowed}; {remedy}",
            allowed=joined(fault.column.allowed),
            remedy=word_mapping(engine, contract, fault.column),
        )
    if kind == "type":
        advice = _layout_advice(engine, contract, fault.column, CHECKED, fault.path)
        return phrase("right is {right}", right=right_type(contract, fault.column, fault.values, advice))
    if kind == "implausible":
        return phrase(
            "right is a time since [ingest] earliest_day and not in the future; placeholders are not accepted"
        )
    if kind == "damaged":
        return phrase("right is the id as its system has it; {cure}", cure=CURE)
    if kind == "length":
        return phrase(
            "right is {length} numbers, as the platform's other vectors have; where the model that makes them has "
            "changed, send those of all SKUs together",
            length=usual_length(engine, contract, fault.column),
        )
    if kind in ("missing", "blank"):
        return phrase(
            "right is a value in every row; if it stands under another header, map that in {section} columns",
            section=section,
        )
    if kind in ("below_minimum", "above_maximum"):
        return phrase(
            "right is {bounds}; if the column counts otherwise, translate it in a {section} view",
            bounds=_bounds(fault.column),
            section=section,
        )
    said = next((rule.description.rstrip(".") for rule in contract.rules if rule.name == fault.rule), "")
    # The contract's own words; the catalogue has them as they stand there.
    return Phrase(said, said)


def right_type(contract: Contract, column: Column, values: Sequence[str], advice: Phrase | None) -> Phrase:
    """Say how a column's type is written, and what to do where `values` show how they were written instead.

    `advice` on the layout of times is what all values of the column prove, None where that is nothing.
    """
    right = _EXAMPLES.get(column.inside_type, phrase("a number such as 39.90"))
    if column.inside_type == "FLOAT[]":
        right = phrase("a list of numbers such as 0.12|-0.03, or a JSON array")
    elif column.inside_type.endswith("[]"):
        right = phrase("a list such as a|b, or a JSON array")
    if not is_time(column):
        return phrase(
            "{right}; if it is written otherwise, translate it in a [sources.tables.{table}] view",
            right=right,
            table=contract.name,
        )
    if advice is not None:
        return phrase("{right}; {advice}", right=right, advice=advice)
    if any(re.search(r"\d\s+[A-Z]{3,4}\b", value) for value in values):
        return phrase("{right}; an abbreviated zone is ambiguous: write its offset, such as +08:00", right=right)
    return phrase(
        "{right}; if day and month or the century are ambiguous, give the layout: {layout}",
        right=right,
        layout=f'[sources.tables.{contract.name}] formats.{column.name} = "%d/%m/%Y"',
    )


def _layout_advice(engine: Engine, contract: Contract, column: Column, table: str, path: str) -> Phrase | None:
    return layout_advice(engine, contract, column, table, path) if is_time(column) else None


def _bounds(column: Column) -> Phrase:
    least = NOTHING if column.minimum is None else phrase("at least {least:g}", least=column.minimum)
    most = NOTHING if column.maximum is None else phrase("at most {most:g}", most=column.maximum)
    return joined((least, most), " and ")


def unfit_column(engine: Engine, contract: Contract, column: Column, path: str) -> Phrase:
    """Say what a column holds, none of whose values in the drop `path` fits its type, and what would be right."""
    found = engine.query(unfit_examples(column), path=path).to_pylist()[0]
    values = found["values"] or ()
    return phrase(
        "it holds {values}{rows}; right is {right}",
        values=shown_values(contract, column, values),
        rows=_numbered(found["row_numbers"] or ()),
        right=right_type(contract, column, values, _layout_advice(engine, contract, column, INCOMING, path)),
    )
