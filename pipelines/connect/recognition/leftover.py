"""Says of the headers of an export that is none of the tables that they stay out, or wait for what it is."""

from __future__ import annotations

from xuanpin.pipelines.connect.findings import Certainty, ColumnFinding
from xuanpin.pipelines.connect.recognition.dictionary import other_kind, refused_kind
from xuanpin.pipelines.connect.recognition.judging import is_personal
from xuanpin.pipelines.connect.recognition.sample import Sample
from xuanpin.pipelines.typed.phrase import phrase


def left_out(sample: Sample, table: Certainty) -> tuple[ColumnFinding, ...]:
    """Return a finding without a column for each header of a `sample` of which it is `table` sure that it is no source.

    What is known to mean none of the columns stays out of whatever it is.
    """
    why = (
        phrase("nothing of this export is read") if table == "sure" else phrase("what the export is was not recognised")
    )
    findings = []
    for header, profile in zip(sample.headers, sample.profiles, strict=True):
        is_known = other_kind(header) is not None or refused_kind(header) is not None
        certainty: Certainty = "sure" if is_known else table
        findings.append(ColumnFinding(header, None, certainty, why, is_personal=is_personal(header, None, profile)))
    return tuple(findings)
