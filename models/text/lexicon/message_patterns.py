"""Word patterns of customers' messages: wordings of feedback, questions, orders, greetings and notices.

`message_patterns.csv` holds one RE2 pattern a row; `README.md` there says what each kind means. What the patterns of
a kind have in common (that a greeting is nothing but greetings) is written here, once.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.text.lexicon import Record, records

FILE = "message_patterns.csv"
KINDS = (
    "quoted",
    "hypothetical",
    "elsewhere",
    "unused",
    "compared",
    "danger",
    "harmless",
    "receipt",
    "rhetorical",
    "question",
    "order",
    "notice",
    "greeting",
    "address",
    "particle",
    "face",
    "verdict",
)
"""What a row may be: what `quoted`, `hypothetical`, `elsewhere` and `unused` match is cut out (the last three not where
goods are `compared`), `harmless` only before `danger` is sought; `receipt` to `greeting` are asked of a message,
`address`, `particle` and `face` are what greetings are made of, a `verdict` among faces is none."""
DANGER = "DANGER"
"""Stands in a pattern of kind `harmless` for any of the dangers."""
SIGNS = 3
"""Patterns that the rows of a kind are dealt to where every message is asked for it: an automaton of all rows at once
outgrows its memory and is built anew again and again, which takes ten times as long as three smaller ones."""
_MARKS = r"[\s\pP\pS]"
"""Spaces, punctuation and symbols, emoji among them: they may stand anywhere in a greeting."""
_CLAUSE = r"[^，,。！!？?；;\n]*"
"""Characters up to the next mark that ends a clause."""
_SENTENCE = r"[^。！!？?；;\n]*"
"""Characters up to the next mark that ends a sentence."""
_NOTHING = r"\z."
"""Matches no text, for a kind whose patterns a deployment has all switched off."""

Chosen = dict[tuple[str, str], None]
"""(kind, pattern) of the rows in force, in the order of the files."""


@dataclass(frozen=True)
class MessagePatterns:
    """One RE2 pattern a kind (receipt, rhetorical, order, notice, greeting, verdict), found anywhere in its writer's
    own words; several of a question, one of which is found.

    quoted: words that are not her own. aside: sentences about what she was not delivered: what-ifs, fears, other shops.
    quoted_signs, aside_signs: one of them is found wherever there is something of the kind to cut out.
    compared: her goods are held against others, so that no aside is cut out.
    danger: what endangers people, in words that are left when what `harmless` finds is cut out: denials, fears,
    questions, talk of other shops.
    """

    quoted: str
    quoted_signs: tuple[str, ...]
    aside: str
    aside_signs: tuple[str, ...]
    compared: str
    danger: str
    harmless: str
    receipt: str
    rhetorical: str
    question: tuple[str, ...]
    order: str
    notice: str
    greeting: str
    verdict: str

    def parameters(self) -> dict[str, str]:
        """Return the patterns by their names in SQL: `order_pattern`, and `question_1_pattern` of several."""
        found = dict[str, str]()
        for kind, pattern in asdict(self).items():
            numbered = {kind: pattern} if isinstance(pattern, str) else _numbered(kind, pattern)
            found |= {f"{name}_pattern": one for name, one in numbered.items()}
        return found


def _numbered(kind: str, patterns: tuple[str, ...]) -> dict[str, str]:
    return {f"{kind}_{number}": pattern for number, pattern in enumerate(patterns, start=1)}


@cache
def load_message_patterns(extension: Path | None = None) -> MessagePatterns:
    """Read our patterns and those of a deployment's own folder, and combine them by kind.

    extension: folder whose message_patterns.csv adds rows or, by `use` = no, switches ours off. Raises ValueError
    that names the file and the line when a kind is unknown, a pattern is not RE2 or matches an empty text, or a row
    that is switched off is none of ours.
    """
    chosen: Chosen = {}
    for record in records(extension, FILE):
        # Ours alone are tried by a test, as a program in use need not try them every night.
        _apply(record, chosen, is_tried=extension is not None)
    plain = ("quoted", "compared", "danger", "receipt", "rhetorical", "order", "notice")
    return MessagePatterns(
        quoted_signs=_signs(chosen, "quoted"),
        aside=_aside(chosen),
        aside_signs=_signs(chosen, "hypothetical", "elsewhere", "unused"),
        question=_signs(chosen, "question"),
        harmless=_harmless(chosen),
        greeting=_greeting(chosen),
        verdict=_verdict(chosen),
        **{kind: _any(chosen, kind) for kind in plain},
    )


def _apply(record: Record, chosen: Chosen, *, is_tried: bool) -> None:
    kind, pattern, use = (record.values.get(name) or "" for name in ("kind", "pattern", "use"))
    if kind not in KINDS:
        raise ValueError(f"{record.place}: kind {kind!r} is unknown; write one of {', '.join(KINDS)}")
    if use not in ("", "yes", "no"):
        raise ValueError(f"{record.place}: use must be yes, no or empty, not {use!r}")
    if use != "no":
        if is_tried:
            _check(pattern, record.place)
        chosen[kind, pattern] = None
    elif (kind, pattern) in chosen:
        del chosen[kind, pattern]
    else:
        raise ValueError(f"{record.place}: no pattern {pattern!r} of kind {kind} to switch off; copy the row of ours")


def _check(pattern: str, place: str) -> None:
    """Each row is tried on its own: two broken ones could otherwise make one that runs."""
    try:
        is_empty = pc.match_substring_regex(pa.array([""]), pattern)[0].as_py()
    except pa.ArrowInvalid as error:
        raise ValueError(f"{place}: pattern {pattern!r} is not RE2: {error}") from error
    if is_empty:
        raise ValueError(f"{place}: pattern {pattern!r} matches an empty text and so every message; name a word")


def _any(chosen: Chosen, kind: str) -> str:
    return "|".join(f"(?:{pattern})" for named, pattern in chosen if named == kind) or _NOTHING


def _signs(chosen: Chosen, *kinds: str) -> tuple[str, ...]:
    """Return patterns one of which is found wherever a row of these kinds is."""
    patterns = [f"(?:{pattern})" for named, pattern in chosen if named in kinds]
    return tuple("|".join(patterns[first::SIGNS]) or _NOTHING for first in range(SIGNS))


def _aside(chosen: Chosen) -> str:
    """A clause of what has not happened, or the rest of a sentence about what was had elsewhere."""
    hypothetical, elsewhere, unused = (_any(chosen, kind) for kind in ("hypothetical", "elsewhere", "unused"))
    return rf"{_CLAUSE}(?:(?:{hypothetical}){_CLAUSE}|(?:{elsewhere}|{unused}){_SENTENCE})[。！!？?；;]*"


def _harmless(chosen: Chosen) -> str:
    """Words of danger that report none.

    Asides are not cut out for it: glass is found on unpacking, and a child can fall ill in any sentence.
    """
    return _any(chosen, "harmless").replace(DANGER, f"(?:{_any(chosen, 'danger')})")


def _greeting(chosen: Chosen) -> str:
    """A message of nothing but greetings, addressed before or after, and softened, or of nothing but faces."""
    address, greeting, particle, face = (_any(chosen, kind) for kind in ("address", "greeting", "particle", "face"))
    words = f"(?:(?:{address})?(?:{greeting})(?:{_MARKS}|{particle}|{address})*)+"
    return f"^{_MARKS}*{words}$|^(?:{face}|{_MARKS})+$"


def _verdict(chosen: Chosen) -> str:
    """A message of nothing but faces, one of which is a judgement."""
    verdict, face = _any(chosen, "verdict"), _any(chosen, "face")
    return f"^(?:{face}|{_MARKS})*(?:{verdict})(?:{face}|{_MARKS})*$"
