"""Recognises which source table each export is and what its headers mean; reads no file but its own dictionaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from xuanpin.pipelines.connect.findings import ColumnFinding, Export, TableFinding
from xuanpin.pipelines.connect.recognition.dictionary import refused_kind, tables_naming
from xuanpin.pipelines.connect.recognition.evidence import Evidence, Proof, is_unknown, proven, weigh
from xuanpin.pipelines.connect.recognition.judging import judge, refusal
from xuanpin.pipelines.connect.recognition.leftover import left_out
from xuanpin.pipelines.connect.recognition.lines import line_proof
from xuanpin.pipelines.connect.recognition.links import link_proof
from xuanpin.pipelines.connect.recognition.sample import Sample
from xuanpin.pipelines.connect.recognition.tables import Choice, choose
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase


def recognise(exports: Sequence[Export]) -> tuple[TableFinding, ...]:
    """Return what each of the `exports` was found to be, in their order.

    What is `sure` rests on a header that names one column in this table and on values that agree, or on a relation
    between columns or exports that proves it; all else is a question.
    """
    samples = [Sample.of(export) for export in exports]
    choices = [choose(sample) for sample in samples]
    related = _related([choice.evidence[choice.table] if choice.table else None for choice in choices])
    return tuple(map(_finding, samples, choices, related))


def recognise_as(export: Export, table: str) -> TableFinding:
    """Return what the headers of an `export` mean where somebody has said of which source `table` it is."""
    (evidence,) = _related([weigh(Sample.of(export), table)])
    columns = judge(evidence) if evidence is not None else ()
    return TableFinding(export, table, "sure", phrase("it was named"), columns, (), _refused(export))


def _related(chosen: Sequence[Evidence | None]) -> list[Evidence | None]:
    """Add to the evidence of each export what its own rows and the other exports say."""
    own = [None if found is None else proven(found, _own_proof(found)) for found in chosen]
    links = link_proof(own)
    return [
        None if found is None else proven(found, {key[1:]: weight for key, weight in links.items() if key[0] == number})
        for number, found in enumerate(own)
    ]


def _own_proof(found: Evidence) -> Proof:
    return line_proof(found) if found.contract.name == "orders" else {}


def _finding(sample: Sample, choice: Choice, evidence: Evidence | None) -> TableFinding:
    refused = _refused(sample.export)
    if choice.table is None or evidence is None:
        why = phrase("too few of its headers are known for one of the tables")
        return TableFinding(
            sample.export, None, choice.certainty, why, left_out(sample, choice.certainty), choice.others, refused
        )
    columns = judge(evidence)
    if choice.certainty != "sure":
        columns = tuple(map(_unsure, columns))
    return TableFinding(sample.export, choice.table, choice.certainty, _why(evidence), columns, choice.others, refused)


def _unsure(column: ColumnFinding) -> ColumnFinding:
    """Return what a header means in a table that is only likely: sure is what stays out of any table."""
    is_of_none = column.column is None and not is_unknown(column.header) and not tables_naming(column.header)
    return column if column.certainty != "sure" or is_of_none else replace(column, certainty="likely")


def _why(evidence: Evidence) -> Phrase:
    best = sorted(evidence.pairs, key=lambda at: (-evidence.total[at].max(), at))[:4]
    headers = joined(evidence.sample.headers[at] for at in sorted(best))
    return phrase("it has {headers}", headers=headers)


def _refused(export: Export) -> Mapping[str, Phrase]:
    kinds = {header: refused_kind(header) for header in export.headers}
    return {header: refusal(kind) for header, kind in kinds.items() if kind is not None}
