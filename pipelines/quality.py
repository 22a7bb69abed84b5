"""Great Expectations over the warehouse: the contracts are proven on what came in and on what goes out, every night."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, datetime
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import pyarrow as pa

from pipelines.contracts import Contract, load_contract, published_contracts, source_contracts
from pipelines.engine import Engine
from pipelines.errors import InputRefused, OutputCheckFailed, XuanpinError
from pipelines.night import Night, StepCount
from pipelines.quality_checks import Check, checks_of

if TYPE_CHECKING:
    from great_expectations.data_context import EphemeralDataContext

ARRIVAL_COLUMNS = ("row_hash", "known_on", "drop_seq")
SHOWN_IDS = 3


@dataclass(frozen=True)
class CheckResult:
    """Outcome of one check, in the shape of run_quality; `rows_failed` counts breaches (rows, or keys for key checks)."""

    check_name: str
    table_name: str
    result: Literal["pass", "warn", "fail"]
    rows_seen: int
    rows_failed: int
    severity: str


@dataclass(frozen=True)
class Subject:
    """A table to check: its contract, the relation that holds its rows and its checks."""

    contract: Contract
    relation: str
    checks: tuple[Check, ...]
