"""Names that people type: compared without case, blanks and width, and answered with "did you mean".

`text` is what was typed.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, joined, phrase

LIKENESS = 0.6
"""Least likeness (0-1, difflib's ratio) of a name that is proposed; below it proposals look random."""
COMPARED = 20_000
"""Names that are compared letter by letter, at most; more would make a typing error cost seconds."""


def clean_name(text: str) -> str:
    """Return what was typed without invisible characters: blanks around it, zero-width signs and marks."""
    visible = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cf", "Cc"))
    return visible.strip()


def folded(text: str) -> str:
    """Return the form in which two ways of writing one name are equal: no width, case or blanks."""
    wide = unicodedata.normalize("NFKC", clean_name(text)).casefold()
    return "".join(wide.split())


def same_name(text: str, known: Iterable[str]) -> str | None:
    """Return the one of the `known` names that was typed, in whatever case, width and blanks; None for none or two."""
    names = list(known)
    if text in names:
        return text
    asked = folded(text)
    found = [name for name in names if folded(name) == asked]
    return found[0] if len(found) == 1 else None


def near_names(text: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return up to `count` of the `known` names that are most like what was typed, the nearest first."""
    asked = folded(text)
    forms: dict[str, list[str]] = {}
    for name in known:
        forms.setdefault(folded(name), []).append(name)
    if asked in forms:
        return forms[asked][:count]
    likely = [form for form in forms if abs(len(form) - len(asked)) <= max(2, len(asked) // 3)]
    if len(likely) > COMPARED:
        likely = [form for form in likely if form[:2] == asked[:2] or form[-2:] == asked[-2:]][:COMPARED]
    return [forms[form][0] for form in difflib.get_close_matches(asked, likely, n=count, cutoff=LIKENESS)]


def did_you_mean(text: str, known: Iterable[str]) -> Phrase:
    """Return " (did you mean A or B?)" for the `known` names most like what was typed, or ""."""
    near = near_names(text, known)
    return phrase(" (did you mean {near}?)", near=joined(near, " or ")) if near else NOTHING


def read_name(text: str, what: Phrase, known: Iterable[str]) -> str:
    """Return the known name that was typed, in any case, width and blanks; for a verb that only reads.

    Raises UsageError, which says `what` the name is of and which names are like it, for another one.
    """
    names = list(known)
    found = same_name(text, names)
    if found is not None:
        return found
    near = did_you_mean(text, names)
    choices = near or (phrase("; there are {names}", names=joined(names)) if len(names) <= 40 else NOTHING)
    raise UsageError(phrase("there is no {what} {text!r}{choices}", what=what, text=clean_name(text), choices=choices))
