"""What a change of a contract does to those who rely on it: breaks them, lets them be, or only says it in other words.

Readers and suppliers are broken by different things. Who reads `published` also reads runs of earlier releases, which
are kept: a bound must neither be looser than what readers expect nor tighter than what earlier runs hold. Who delivers
`sources` is broken only by what asks for more than before. Judges take a fact before and now, None where it is absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tools.contract_facts import Facts, Side

Weight = Literal["breaking", "wording", "allowed"]
Judge = Callable[[Any, Any], Weight]


@dataclass(frozen=True)
class Change:
    """One change: `place` is side.table or side.table.column, `kind` what changed; facts `before` and `now`, None
    where absent."""

    place: str
    kind: str
    before: Any
    now: Any
    weight: Weight


def breaks(before: Any, now: Any) -> Weight:
    """Every change breaks."""
    return "breaking"


def fresher_is_allowed(before: Any, now: Any) -> Weight:
    """Days after which rows are too old, that we promise: fewer, or a first promise, break nobody."""
    return "allowed" if before is None or (now is not None and now < before) else "breaking"


def added_is_allowed(before: Any, now: Any) -> Weight:
    """What is new breaks nobody; what is gone or another does."""
    return "allowed" if before is None else "breaking"


def gone_is_allowed(before: Any, now: Any) -> Weight:
    """What is gone breaks nobody; what is new or another does."""
    return "allowed" if now is None else "breaking"


def lower_is_allowed(before: Any, now: Any) -> Weight:
    """A least value that is lower or gone admits all it did."""
    return "allowed" if now is None or (before is not None and now < before) else "breaking"


def higher_is_allowed(before: Any, now: Any) -> Weight:
    """A greatest value that is higher or gone admits all it did."""
    return "allowed" if now is None or (before is not None and now > before) else "breaking"


def less_needed_is_allowed(before: Any, now: Any) -> Weight:
    """A value that may be empty may be given as before; so may one of two of which either was required."""
    return "allowed" if now == "may be empty" or before == "required" else "breaking"


def wider_is_allowed(before: Any, now: Any) -> Weight:
    """A type that holds every value of the former one."""
    return "allowed" if (before, now) in WIDER or _is_wider_decimal(before, now) else "breaking"


def first_is_wording(before: Any, now: Any) -> Weight:
    """A unit where none was named says what was meant, or changes it."""
    return "wording" if before is None else "breaking"


def only_words(before: Any, now: Any) -> Weight:
    """A text that is written otherwise: nobody but its author can say whether it means the same."""
    return "wording"


def new_names_are_allowed(before: Any, now: Any) -> Weight:
    """A list of names that has all it had."""
    return "allowed" if set(before or ()) <= set(now or ()) else "breaking"


WIDER = frozenset({("INTEGER", "BIGINT"), ("FLOAT", "DOUBLE"), ("INTEGER", "DOUBLE"), ("FLOAT[]", "DOUBLE[]")})
DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


def _is_wider_decimal(before: str, now: str) -> bool:
    old, new = DECIMAL.fullmatch(before), DECIMAL.fullmatch(now)
    if not old or not new:
        return False
    (digits, places), (more_digits, more_places) = map(int, old.groups()), map(int, new.groups())
    return more_places >= places and more_digits - more_places >= digits - places


TABLE: Mapping[str, Mapping[Side, Judge]] = {
    "optional": {"published": breaks, "sources": added_is_allowed},
    "key": {"published": breaks, "sources": breaks},
    "freshness": {"published": fresher_is_allowed, "sources": higher_is_allowed},
    "meaning": {"published": only_words, "sources": only_words},
}
"""By fact of a table who is broken by what; days of freshness are a promise of ours, or one that we ask for."""

COLUMN: Mapping[str, Mapping[Side, Judge]] = {
    "type": {"published": breaks, "sources": wider_is_allowed},
    "presence": {"published": breaks, "sources": less_needed_is_allowed},
    "unit": {"published": first_is_wording, "sources": first_is_wording},
    "minimum": {"published": breaks, "sources": lower_is_allowed},
    "maximum": {"published": breaks, "sources": higher_is_allowed},
    "min_length": {"published": breaks, "sources": lower_is_allowed},
    "refers_to": {"published": added_is_allowed, "sources": gone_is_allowed},
    "marks": {"published": new_names_are_allowed, "sources": new_names_are_allowed},
    "meaning": {"published": only_words, "sources": only_words},
}
"""By fact of a column who is broken by what."""

CODE: Mapping[str, Judge] = {
    "tables": new_names_are_allowed,
    "keys": new_names_are_allowed,
    "meaning": only_words,
}
"""By fact of a reason code, which only readers know."""


def contract_changes(place: str, before: Facts | None, now: Facts | None) -> Iterator[Change]:
    """What changed in the contract `place`, side.table; None where a release has none."""
    side: Side = "published" if place.startswith("published.") else "sources"
    if now is None:
        yield Change(place, "table", "there", None, "breaking")
    elif before is None:
        is_asked = side == "sources" and not now.get("optional")
        yield Change(place, "table", None, "there", "breaking" if is_asked else "allowed")
    elif "codes" in now:
        yield from _code_changes(place, before["codes"], now["codes"])
    else:
        yield from _judged(place, before, now, {fact: judges[side] for fact, judges in TABLE.items()})
        yield from _order(place, side, list(before["columns"]), list(now["columns"]))
        yield from _columns(place, side, before["columns"], now["columns"])
        yield from _rule_changes(place, side, before, now)


def _judged(place: str, before: Facts, now: Facts, judges: Mapping[str, Judge]) -> Iterator[Change]:
    for fact, judge in judges.items():
        old, new = before.get(fact), now.get(fact)
        if old != new:
            yield Change(place, fact, old, new, judge(old, new))


def _order(place: str, side: Side, before: list[str], now: list[str]) -> Iterator[Change]:
    """Readers may go by place; that columns are gone is told of each."""
    kept = [name for name in before if name in now]
    if side == "published" and now[: len(kept)] != kept:
        yield Change(place, "order", kept, now[: len(kept)], "breaking")


def _columns(place: str, side: Side, before: Facts, now: Facts) -> Iterator[Change]:
    for name in before | now:
        where, old, new = f"{place}.{name}", before.get(name), now.get(name)
        if new is None:
            yield Change(where, "column", "there", None, "breaking")
        elif old is None:
            weight: Weight = "breaking" if _asks(new["presence"], before) else "allowed"
            yield Change(where, "column", None, new["presence"], weight)
        else:
            yield from _judged(where, old, new, {fact: judges[side] for fact, judges in COLUMN.items()})
            yield from _word_changes(where, side, old.get("words"), new.get("words"))


def _asks(presence: str, before: Facts) -> bool:
    """Whether a new column asks for what earlier exports and runs do not have; one that may be given instead of a
    column which was required does not."""
    needed = {name for name, column in before.items() if column["presence"] == "required"}
    return presence != "may be empty" and not needed & set(re.findall(r"\w+", presence))


def _word_changes(place: str, side: Side, before: Facts | None, now: Facts | None) -> Iterator[Change]:
    if before is None or now is None:
        if before != now:
            judge = breaks if side == "published" else gone_is_allowed
            yield Change(place, "enumeration", before, now, judge(before, now))
        return
    for word in before | now:
        if word not in now:
            yield Change(place, "word", word, None, "breaking")
        elif word not in before:
            yield Change(place, "word", None, word, "allowed")
        elif before[word] != now[word]:
            yield Change(f"{place}.{word}", "meaning", before[word], now[word], "wording")


def _rule_changes(place: str, side: Side, before: Facts, now: Facts) -> Iterator[Change]:
    judges = {"severity": _worse_if("warning" if side == "published" else "critical"), "query": only_words}
    for name in before["rules"] | now["rules"]:
        where, old, new = f"{place}.{name}", before["rules"].get(name), now["rules"].get(name)
        if new is None:
            weight: Weight = "breaking" if side == "published" else "allowed"
            yield Change(where, "rule", old["query"], None, weight)
        elif old is None:
            is_asked = side == "sources" and new["severity"] == "critical"
            weight = "breaking" if is_asked and not _is_about_new(new["query"], before, now) else "allowed"
            yield Change(where, "rule", None, new["query"], weight)
        else:
            yield from _judged(where, old, new, judges)


def _worse_if(severity: str) -> Judge:
    """Readers are promised less by what only warns; suppliers are asked for more by what refuses rows."""
    return lambda before, now: "breaking" if now == severity else "allowed"


def _is_about_new(query: str, before: Facts, now: Facts) -> bool:
    """Whether a rule names a column that nobody has delivered before."""
    return any(name in now["columns"] and name not in before["columns"] for name in re.findall(r"\w+", query))


def _code_changes(place: str, before: Facts, now: Facts) -> Iterator[Change]:
    for name in before | now:
        if name not in now:
            yield Change(f"{place}.{name}", "code", name, None, "breaking")
        elif name not in before:
            yield Change(f"{place}.{name}", "code", None, name, "allowed")
        else:
            yield from _judged(f"{place}.{name}", before[name], now[name], CODE)
