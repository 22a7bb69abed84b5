"""What must hold for every case: known failures only, no secret shown, no row lost, nothing implausible admitted."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from tests.support.drop_folder import NOW
from tools.fuzz.drops import FuzzedDrop
from tools.fuzz.values import SECRETS
from xuanpin.pipelines.contracts import Contract, load_contract
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import XuanpinError

EARLIEST, LATEST = datetime(1990, 1, 1), datetime(2200, 1, 1)
"""Between these any day that a row plans may lie; what happened lies before the night."""
PLANNED = {"season_start", "season_end", "starts_on", "ends_on", "valid_from", "valid_until", "launched_on"}
REPRS = re.compile(r"\bNone\b|datetime\.|PosixPath|Traceback|Errno|codec can't|_duckdb|Binder Error|Conversion Error")
"""Marks of the language and the libraries that a message for people must not have."""
EXIT_CODES = {0, 2, 3, 4, 5, 6}


class Find(Exception):
    """What a case has shown to be wrong."""


def judge_message(text: str, secrets: Sequence[str] = SECRETS, is_log: bool = False) -> None:
    """Raise Find where a message shows a secret or internal terms of the program; a log may be longer."""
    told = [secret for secret in secrets if secret in text]
    if told:
        raise Find(f"a message tells {told[0]}: {text[:300]}")
    mark = REPRS.search(text)
    if mark:
        raise Find(f"a message has {mark.group()!r}: {text[:300]}")
    if len(text) > 6_000 and not is_log:
        raise Find(f"a message has {len(text)} characters: {text[:200]}")


def judge_error(error: Exception, secrets: Sequence[str] = SECRETS) -> None:
    """Raise Find for a failure without an exit code, or whose message says what it must not."""
    if not isinstance(error, XuanpinError):
        raise Find(f"{type(error).__name__}: {str(error)[:300]}") from error
    judge_message(str(error), secrets)


def judge_drop(engine: Engine, drop: FuzzedDrop, read: int, admitted: int, seq: int) -> None:
    """Raise Find where rows of a drop are neither admitted nor set aside, or what was admitted is implausible."""
    contract = load_contract(drop.table)
    where = "drop_seq = $seq"
    waiting = engine.query(f"select count(*) as n from ops.quarantine where {where}", seq=seq)["n"][0].as_py()
    if drop.is_plain and read < drop.rows - drop.doubled:
        raise Find(f"{drop.rows} rows came, {read} were read")
    if drop.is_plain and read - admitted - waiting > drop.doubled:
        raise Find(f"{read} rows were read, {admitted} admitted, {waiting} set aside, {drop.doubled} doubled")
    rows = engine.query(f"select * from source.{drop.table} where {where}", seq=seq).to_pylist()
    for row in rows:
        for fault in _faults(contract, row):
            raise Find(f"admitted {drop.table}.{fault}")


def _faults(contract: Contract, row: dict[str, Any]) -> Iterator[str]:
    names = {column.name for column in contract.columns} & row.keys()
    references = {*contract.key, *contract.references}
    for name in sorted(names):
        value = row[name]
        if isinstance(value, str) and name in references and _is_untidy(value):
            yield f"{name} = {value[:60]!r}: blanks or signs that nobody sees in an id"
        if isinstance(value, str) and any(
            unicodedata.category(sign) == "Cc" and sign not in "\t\n\r" for sign in value
        ):
            yield f"{name}: a control character"
        if isinstance(value, float) and not math.isfinite(value):
            yield f"{name} = {value}"
        if isinstance(value, list) and any(item is None or item == "" for item in value):
            yield f"{name}: an empty item"
        if isinstance(value, date) and not _is_plausible(name, value):
            yield f"{name} = {value}"
        if isinstance(value, str) and any(secret in value for secret in _secrets_of(name)):
            yield f"{name} holds a phone or a name"


def _secrets_of(name: str) -> Sequence[str]:
    """Return what a column must not hold: ids stay as they are sent, staff have names."""
    phone, person = SECRETS[:2]
    return () if name.endswith("_id") else (phone,) if name in ("author", "approved_by") else (phone, person)


def _is_untidy(text: str) -> bool:
    return (
        not text or text != text.strip() or any(unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp") for sign in text)
    )


def _is_plausible(name: str, value: date) -> bool:
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    latest = LATEST if name in PLANNED else NOW.replace(tzinfo=None) + timedelta(days=2)
    return EARLIEST <= moment.replace(tzinfo=None) <= latest
