"""Facts of a file as the JSON that a worker of a cluster sends: others may write into the lake, so it is data alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.ingest.file_facts import FileFacts
from xuanpin.pipelines.ingest.notes import Notes, Stage
from xuanpin.pipelines.typed.as_json import as_json, from_json
from xuanpin.pipelines.typed.phrase import Phrase, phrase

_Check = Callable[[object], bool]


def facts_as_json(facts: FileFacts) -> str:
    """Return `facts` as a text of ASCII; raises TypeError where a message holds what `as_json` does not take."""
    notes = facts.notes
    plain = {"told": dict(notes.told), "stage": int(notes.stage), "refused_at": [int(at) for at in notes.refused_at]}
    known = {"placeholders": dict(facts.placeholders), "notes": vars(notes) | plain}
    return json.dumps(as_json(vars(facts) | known))


def facts_from_json(content: str) -> FileFacts:
    """Return the facts that `facts_as_json` wrote, equal in both languages; raises UsageError for any other content."""
    try:
        return _facts(from_json(json.loads(content)))
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise UsageError(
            phrase(
                "what a worker of the cluster says of a file cannot be read ({problem}); install the release of this "
                "machine on every worker, see that nothing else writes into [engine] lake, and run the night again",
                problem=str(error),
            )
        ) from error


def _facts(read: object) -> FileFacts:
    known = _fields("facts", read, _FACTS)
    return FileFacts(**known | {"notes": _notes(known["notes"])})


def _notes(read: object) -> Notes:
    known = _fields("notes", read, _NOTES)
    if len(known["refusals"]) != len(known["refused_at"]):
        raise ValueError("notes have refusals without a stage")
    stages = {"stage": Stage(known["stage"]), "refused_at": [Stage(at) for at in known["refused_at"]]}
    return Notes(**known | stages | {"told": Counter(known["told"])})


def _fields(what: str, read: object, checks: Mapping[str, _Check]) -> dict[str, Any]:
    """Return what was `read` of `what` where it has every field of the `checks`, no other, and all hold."""
    if not isinstance(read, dict) or read.keys() != checks.keys():
        raise ValueError(f"{what} have other fields")
    for name, is_right in checks.items():
        if not is_right(read[name]):
            raise ValueError(f"{what} have no right {name}")
    return read


def _is_text(value: object) -> bool:
    return type(value) is str


def _is_count(value: object) -> bool:
    return type(value) is int


def _is_phrase(value: object) -> bool:
    return isinstance(value, Phrase)


def _is_none_or_phrase(value: object) -> bool:
    return value is None or _is_phrase(value)


def _is_shape(value: object) -> bool:
    return value is None or isinstance(value, tuple)


def _is_column(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(map(_is_text, value))


def _is_counted(value: object) -> bool:
    return isinstance(value, dict)


def _tuple_of(is_right: _Check) -> _Check:
    return lambda value: isinstance(value, tuple) and all(map(is_right, value))


def _list_of(is_right: _Check) -> _Check:
    return lambda value: isinstance(value, list) and all(map(is_right, value))


def _by_name(is_right: _Check) -> _Check:
    return lambda value: isinstance(value, dict) and all(map(_is_text, value)) and all(map(is_right, value.values()))


_NOTES: Mapping[str, _Check] = {
    "table": _is_text,
    "passed_over": _list_of(_is_text),
    "unfinished": _list_of(_is_text),
    "refusals": _list_of(_is_phrase),
    "told": _by_name(_is_count),
    "other_sheets": _list_of(_is_text),
    "ignored": _by_name(_is_text),
    "suggested": _by_name(_is_text),
    "warned": _by_name(_list_of(_is_phrase)),
    "archives": _list_of(_is_text),
    "stage": _is_count,
    "refused_at": _list_of(_is_count),
}
_FACTS: Mapping[str, _Check] = {
    "path": _is_text,
    "notes": _is_counted,
    "shape": _is_shape,
    "columns": _tuple_of(_is_column),
    "rows": _is_count,
    "names": _tuple_of(_is_text),
    "damages": _by_name(_list_of(_is_counted)),
    "placeholders": _by_name(_is_count),
    "aborted": _is_none_or_phrase,
    "misfit": _is_none_or_phrase,
}
