"""Files of the home that cannot be used: ignored, and reported every night until they are corrected."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.typed.bilingual import Bilingual
from xuanpin.pipelines.typed.paths import system_reason
from xuanpin.pipelines.typed.phrase import Phrase, as_is, in_language, phrase

log = logging.getLogger("xuanpin")
NOTE = "set_aside.json"
UNREADABLE = (OSError, ValueError, KeyError, TypeError)
"""What reading a file of a known form raises where the file is not of that form, or cannot be opened."""


@dataclass(frozen=True)
class SetAside:
    """Name one file that is not used.

    `path` is relative to the home; `problem` says what is wrong with it and what to do, without its content.
    """

    path: str
    problem: Phrase

    @property
    def sentence(self) -> Phrase:
        """The file and its problem in one line."""
        return phrase("{path} is set aside: {problem}", path=self.path, problem=self.problem)


def set_aside(home: Home, path: Path, error: Exception) -> SetAside:
    """Return what to say of a file of the home that could not be read, by the kind of `error`."""
    if isinstance(error, OSError):
        problem = phrase(
            "it cannot be read ({reason}); check that it is a file and may be read", reason=system_reason(error)
        )
    else:
        problem = phrase("it is damaged, incomplete or wrongly edited; correct it or move it out of the home")
    return SetAside(path.relative_to(home.root).as_posix(), problem)


def note_set_aside(home: Home, room: str, found: Sequence[SetAside]) -> None:
    """Log the files `found` unusable in one folder (`room`) of the home, and keep the note for status and checks.

    The note replaces what was noted of the same folder before, and is written only where it changes.
    """
    for fault in found:
        log.warning("%s", fault.sentence)
    before = {path: _in_both(problem) for path, problem in _noted(home).items()}
    others = {path: problem for path, problem in before.items() if path.partition("/")[0] != room}
    after = others | {fault.path: _in_both(fault.problem) for fault in found}
    if after != before:
        run_store.replace_json(home.root / NOTE, after)


def _in_both(problem: Phrase) -> dict[str, str]:
    return {"en": in_language(problem, "en"), "zh": in_language(problem, "zh")}


def noted_set_aside(home: Home) -> list[SetAside]:
    """Return the files that are set aside, by path; those that are no longer in the home are left out."""
    return [SetAside(path, problem) for path, problem in sorted(_noted(home).items()) if (home.root / path).exists()]


def _noted(home: Home) -> dict[str, Phrase]:
    try:
        content = json.loads((home.root / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {path: _problem(noted) for path, noted in content.items()} if isinstance(content, dict) else {}


def _problem(noted: object) -> Phrase:
    """What a note says of a file; that of an earlier release is in English alone."""
    if isinstance(noted, dict):
        return Bilingual(str(noted.get("en")), str(noted.get("zh")))
    return as_is(noted)
