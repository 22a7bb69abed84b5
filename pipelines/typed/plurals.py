"""Templates filled with values; in English, one of what is counted is in the singular: "1 row differs"."""

from __future__ import annotations

import re
from collections.abc import Mapping

NOUNS = (
    "(?:SKU|agent|alternate|answer|byte|candidate|cell|character|chat|check|column|complaint|date|day|digit|export|file|"
    "group|id|label|landmine|line|link|list|message|minute|model|name|night|number|object|other|override|pick|pin|place|"
    "post|question|regret|report|return|room|row|rule|run|segment|sheet|slot|statement|table|task|text|thing|time|unit|value|"
    "version|voice|word)s|matches|tries"
)
"""What messages count, in the plural, as a pattern."""
_ODD = {"matches": "match", "tries": "try"}
"""Nouns that have more than an s in the plural."""
_VERBS = {"are": "is", "have": "has", "were": "was", "do": "does"} | {
    verb: f"{verb}s" for verb in ("break", "differ", "look", "refer", "share", "stay", "suit", "wait")
}
_COUNTED = re.compile(
    rf"((?<!none of )(?<!–)\{{(?P<name>\w+)(?::[^}}]*)?\}} (?:(?!of|in|and)[a-z]+ )?)(?P<noun>{NOUNS})\b"
    rf"(?: (?P<verb>{'|'.join(_VERBS)})\b)?"
)


def filled(template: str, values: Mapping[str, object]) -> str:
    """Return a template (as of str.format) filled with `values`, its nouns and verbs as the counts among them need."""
    return agreed(template, values).format(**values)


def agreed(template: str, values: Mapping[str, object]) -> str:
    """Return a template (as of str.format) in which the nouns, and the verbs behind them, fit the counts in `values`.

    A count is an int or its digits. Only what the template itself says is changed, never a value.
    """
    if not any(map(_is_one, values.values())):
        return template
    return _COUNTED.sub(lambda found: _one(found) if _is_one(values.get(found["name"])) else found[0], template)


def _is_one(value: object) -> bool:
    return value == "1" or (type(value) is int and value == 1)


def _one(found: re.Match[str]) -> str:
    noun, verb = found["noun"], f" {_VERBS[found['verb']]}" if found["verb"] else ""
    return f"{found[1]}{_ODD.get(noun, noun[:-1])}{verb}"
