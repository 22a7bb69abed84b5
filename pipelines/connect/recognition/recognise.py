"""Recognises which source table each export is and what its headers mean; reads no file but its own dictionaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xuanpin.pipelines.connect.findings import Export, TableFinding
from xuanpin.pipelines.connect.recognition.dictionary import refused_kind
from xuanpin.pipelines.connect.recognition.evidence import Evidence, weigh
from xuanpin.pipelines.connect.recognition.judging import judge, refusal
from xuanpin.pipelines.connect.recognition.leftover import left_out
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
    return tuple(_finding(sample, choice) for sample, choice in zip(samples, choices, strict=True))


def recognise_as(export: Export, table: str) -> TableFinding:
    """Return what the headers of an `export` mean where somebody has said of which source `table` it is."""
    sample = Sample.of(export)
    evidence = weigh(sample, table)
    return TableFinding(export, table, "sure", phrase("it was named"), judge(evidence), (), _refused(export))


def _finding(sample: Sample, choice: Choice) -> TableFinding:
    refused = _refused(sample.export)
    if choice.table is None:
        why = phrase("too few of its headers are known for one of the tables")
        return TableFinding(sample.export, None, choice.certainty, why, left_out(sample), choice.others, refused)
    evidence = choice.evidence[choice.table]
    return TableFinding(
        sample.export, choice.table, choice.certainty, _why(evidence), judge(evidence), choice.others, refused
    )


def _why(evidence: Evidence) -> Phrase:
    best = sorted(evidence.pairs, key=lambda at: (-evidence.total[at].max(), at))[:4]
    headers = joined(evidence.sample.headers[at] for at in sorted(best))
    return phrase("it has {headers}", headers=headers)


def _refused(export: Export) -> Mapping[str, Phrase]:
    kinds = {header: refused_kind(header) for header in export.headers}
    return {header: refusal(kind) for header, kind in kinds.items() if kind is not None}
