"""Says of the headers of an export that is none of the tables that they stay out."""

from __future__ import annotations

from xuanpin.pipelines.connect.findings import ColumnFinding
from xuanpin.pipelines.connect.recognition.dictionary import other_kind
from xuanpin.pipelines.connect.recognition.sample import Sample
from xuanpin.pipelines.typed.phrase import phrase


def left_out(sample: Sample) -> tuple[ColumnFinding, ...]:
    """Return a finding without a column for each header of a `sample`."""
    why = phrase("nothing of this export is read")
    return tuple(
        ColumnFinding(header, None, "sure", why, is_personal=other_kind(header) == "personal")
        for header in sample.headers
    )
