"""Shows values of rows in a message: only the shape of those that can identify a person."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from xuanpin.models.text.names import KnownNames
from xuanpin.models.text.redaction import redact_texts
from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.ingest.privacy import FREE_TEXTS, HASHED_IDS
from xuanpin.pipelines.ingest.statements.plausible import is_time
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

NOBODY = KnownNames()
_LONGEST = 40
_PEOPLE = ("author", "approved_by")
_TECHNICAL = re.compile(r"[\x20-\x7e年月日号號时時点點分秒上午下中凌晨早晚星期周一二三四五六元圆万￥¥：，．－／０-９]+")
"""Characters of times and amounts; a value of others in their columns may be a name that has slipped sideways."""
_KINDS = (
    (phrase("digits"), r"[0-9０-９]"),
    (phrase("letters"), r"[A-Za-z]"),
    (phrase("Chinese characters"), r"[\u4e00-\u9fff]"),
    (phrase("blanks"), r"\s"),
)


def shown_values(contract: Contract, column: Column, values: Sequence[str], known: KnownNames = NOBODY) -> Phrase:
    """Write values as a message may show them: only the shape of those that can identify a person.

    `known` are names of persons, all of them as full names.
    """
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
