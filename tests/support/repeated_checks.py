"""Great Expectations repeats what a night has counted once a process here: in each new home it is seconds a night.

tests/integration/test_quality.py holds it against the counts, fault by fault, and when it is due.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.quality import expectations, step
from xuanpin.pipelines.quality.checks import CheckResult


@contextmanager
def repeated_once() -> Iterator[None]:
    """Take it that Great Expectations sees what was counted, for tables that it has been through before."""
    seen: set[str] = set()

    def repeat(
        night: Night, tables: Mapping[str, Contract], names: Mapping[str, str], results: Sequence[CheckResult]
    ) -> None:
        checked = {contract.name for contract in tables.values()}
        with pytest.MonkeyPatch.context() as patch:
            if checked <= seen:
                counted = {result.check_name for result in results if result.rows_failed}
                patch.setattr(expectations, "failed_checks", lambda engine, tables: counted)
            expectations.repeat_when_due(night, tables, names, results)
        seen.update(checked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(step, "repeat_when_due", repeat)
        yield
