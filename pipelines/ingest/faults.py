"""Describes what is wrong with rows: where, what would be right and which setting maps it, without personal data."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from xuanpin.models.text.names import KnownNames
from xuanpin.models.text.redaction import redact_texts
from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest.casts import typed_columns
from xuanpin.pipelines.ingest.formats.records import ROW_FAULTS
from xuanpin.pipelines.ingest.privacy import FREE_TEXTS, HASHED_IDS, known_names
from xuanpin.pipelines.ingest.statements.faults import fault_examples, unfit_examples
from xuanpin.pipelines.ingest.statements.plausible import is_time
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, joined, phrase

SYSTEMATIC_SHARE = 0.5
"""Share of a file's rows from which a fault is one of the export and not of single rows."""
_LONGEST = 40
_PEOPLE = ("author", "approved_by")
_TECHNICAL = re.compile(r"[\x20-\x7e年月日号號时時点點分秒上午下中凌晨早晚星期周一二三四五六元圆万￥¥：，．－／０-９]+")
"""Characters of times and amounts; a value of others in their columns may be a name that has slipped sideways."""
_EXAMPLES: Mapping[str, Phrase] = {
    "TIMESTAMP": phrase("a time such as 2026-11-21 10:00:00 (Beijing) or 2026-11-21T10:00:00+08:00"),
    "DATE": phrase("a day such as 2026-11-21"),
    "TIME": phrase("a time of day such as 20:00"),
    "INTEGER": phrase("a whole number such as 2"),
    "BIGINT": phrase("a whole number such as 2"),
    "BOOLEAN": phrase("true or false (1 or 0, 是 or 否)"),
    "DOUBLE": phrase("a number such as 0.85"),
}
_KINDS = (
    (phrase("digits"), r"[0-9０-９]"),
    (phrase("letters"), r"[A-Za-z]"),
    (phrase("Chinese characters"), r"[\u4e00-\u9fff]"),
    (phrase("blanks"), r"\s"),
)


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


def rule_column(contract: Contract, rule: str) -> Column:
    """Return the column that a rule is about: the first it names where it compares several, the key for a whole row."""
    if rule in ROW_FAULTS:
        return contract.column(contract.key[0])
    for declared in contract.rules:
        if declared.name == rule:
            return contract.column(declared.columns[0])
    return contract.column(rule.rpartition("_")[0])


def describe(engine: Engine, contract: Contract, fault: Fault) -> Phrase:
    """Say in one clause what breaks a rule, where, and what would be right."""
    rows = phrase(
        "{bad} of {rows} rows of {path}",
        bad=fault.row_count,
        rows=fault.file_rows,
        path=fault.path,
    )
    numbers = _numbered(fault.row_numbers)
    ids = phrase(", such as {ids}", ids=joined(fault.ids)) if fault.ids else NOTHING
    values = shown_values(contract, fault.column, fault.values, known_names(engine))
    if (problem := ROW_FAULTS.get(fault.rule)) is not None:
        return phrase(
            "{rule}: {rows}{numbers}; {problem}", rule=fault.rule, rows=rows, numbers=numbers, problem=problem
        )
    held = (
        phrase(" hold {values} in column {column}", values=values, column=fault.column.name)
        if values
        else phrase(" break it in column {column}", column=fault.column.name)
    )
    right = what_is_right(contract, fault)
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


def shown_values(contract: Contract, column: Column, values: Sequence[str], names: Collection[str] = ()) -> Phrase:
    """Write values as a message may show them: only the shape of those that can identify a person.

    `names` are known names of persons.
    """
    known = KnownNames(full=frozenset(names))
    read = pa.array(values, pa.string())
    redacted = (
        redact_texts(read, known, are_ids_kept=column.is_id or _are_epochs(column, values)).to_pylist()
        if values
        else []
    )
    shown = [
        f"'{safe}'" if safe == value and _may_be_shown(contract, column, value) else shape(value)
        for value, safe in zip(values, redacted, strict=True)
    ]
    return joined(dict.fromkeys(shown))


def _are_epochs(column: Column, values: Sequence[str]) -> bool:
    """Whether values of a time column are numbers of seconds or parts of them, and not somebody's."""
    return is_time(column) and all(re.fullmatch(r"1[0-9]{9}(?:[0-9]{3}){0,3}(?:\.[0-9]+)?", value) for value in values)


def _may_be_shown(contract: Contract, column: Column, value: str) -> bool:
    private = {*HASHED_IDS.get(contract.name, ()), *FREE_TEXTS.get(contract.name, ()), *_PEOPLE}
    if column.name in private or column.redaction_only or len(value) > _LONGEST:
        return False
    if column.inside_type == "VARCHAR":
        return True
    return bool(_TECHNICAL.fullmatch(value)) and (len(value) < 2 or any(sign.isdigit() for sign in value))


def shape(value: str) -> Phrase:
    """Say of what a value is made, without the value."""
    kinds = [name for name, pattern in _KINDS if re.search(pattern, value)]
    if re.sub("|".join(pattern for _, pattern in _KINDS), "", value):
        kinds.append(phrase("marks"))
    return phrase("{count} characters ({kinds})", count=len(value), kinds=joined(kinds) or phrase("nothing"))


def what_is_right(contract: Contract, fault: Fault) -> Phrase:
    """Say what a column should hold, and where to map what it does hold; of a rule over columns, what it finds."""
    name, section = fault.column.name, f"[sources.tables.{contract.name}]"
    kind = fault.rule.removeprefix(f"{name}_")
    if kind == "not_allowed":
        return phrase(
            "right is one of {allowed}; {remedy}",
            allowed=joined(fault.column.allowed),
            remedy=_word_mapping(contract, fault),
        )
    if kind == "type":
        return phrase("right is {right}", right=right_type(contract, fault.column, fault.values))
    if kind == "implausible":
        return phrase(
            "right is a time since [ingest] earliest_day and not in the future; placeholders are not accepted"
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


def _word_mapping(contract: Contract, fault: Fault) -> Phrase:
    """Say in the words of a settings file how the most frequent word is translated, to the nearest one at a guess."""
    word, allowed = fault.values[0], fault.column.allowed
    meant = difflib.get_close_matches(word, allowed, n=1)
    is_shown = shown_values(contract, fault.column, [word]) == f"'{word}'"
    return phrase(
        'say what yours means: [sources.tables.{table}.values] {column} = {{ "{word}" = "{guess}" }}',
        table=contract.name,
        column=fault.column.name,
        word=word if is_shown else phrase("your word"),
        guess=meant[0] if meant else allowed[0],
    )


def right_type(contract: Contract, column: Column, values: Sequence[str]) -> Phrase:
    """Say how a column's type is written, and what to do where `values` show how they were written instead."""
    right = _EXAMPLES.get(column.inside_type, phrase("a number such as 39.90"))
    if column.inside_type.endswith("[]"):
        right = phrase("a list such as a|b, or a JSON array")
    if not is_time(column):
        return phrase(
            "{right}; if it is written otherwise, translate it in a [sources.tables.{table}] view",
            right=right,
            table=contract.name,
        )
    if any(re.fullmatch(r"\d{5}(\.\d+)?", value) for value in values):
        return phrase(
            "{right}; a spreadsheet wrote its own day numbers: format the column as date and time there", right=right
        )
    if any(re.search(r"\d\s+[A-Z]{3,4}\b", value) for value in values):
        return phrase("{right}; an abbreviated zone is ambiguous: write its offset, such as +08:00", right=right)
    return phrase(
        "{right}; if day and month or the century are ambiguous, give the layout: {layout}",
        right=right,
        layout=f'[sources.tables.{contract.name}] formats.{column.name} = "%d/%m/%Y"',
    )


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
        right=right_type(contract, column, values),
    )
