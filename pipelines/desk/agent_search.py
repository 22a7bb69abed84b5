"""Finds agents by what somebody types of an id: in whatever case and width, without zeros, or only its beginning."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xuanpin.pipelines.typed.names import COMPARED, folded, near_names

MOST = 20
"""Agents that a search shows; more say that the typed part is too short."""
_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")


def find_agents(text: str, known: Sequence[str]) -> list[str]:
    """Return up to MOST of the `known` ids that `text` may mean, the surest first; none for an empty text.

    The id itself comes first, then those equal to it without leading zeros, those that begin with it, those that hold
    it, and where there is none of these, those that are most like it.
    """
    asked = folded(text)
    if not asked:
        return []
    likely = _likely(asked, known)
    ranked = sorted((rank, name) for name in likely if (rank := _rank(asked, folded(name))) is not None)
    return [name for _, name in ranked[:MOST]] or near_names(text, known)


def _likely(asked: str, known: Sequence[str]) -> list[str]:
    """Return the ids that hold what tells them apart, the shortest first, as many as are compared in a moment."""
    core = max(re.findall("[1-9][0-9]*", asked) or [asked], key=len)
    held = [name for name in known if core in name.casefold()] or [name for name in known if core in folded(name)]
    return sorted(held, key=lambda name: (len(name), name))[:COMPARED]


def _rank(asked: str, name: str) -> int | None:
    bare, plain = _ZEROS.sub("", asked), _ZEROS.sub("", name)
    tests = (
        name == asked,
        plain == bare,
        bare.isdigit() and re.sub(r"^[^0-9]+", "", plain) == bare,
        name.startswith(asked) or plain.startswith(bare),
        asked in name,
    )
    return next((place for place, holds in enumerate(tests) if holds), None)
