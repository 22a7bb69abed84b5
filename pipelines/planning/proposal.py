"""Writes the settings of a draft as a whole settings file, which whoever runs the deployment can take or leave."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from xuanpin.models.text.redaction import redact_label, redact_words
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.home_modes import keep_private
from xuanpin.pipelines.planning.draft import Draft, changed_settings
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.names import clean_name
from xuanpin.pipelines.typed.paths import system_reason
from xuanpin.pipelines.typed.phrase import phrase
from xuanpin.pipelines.typed.words import read_words

PROPOSALS = "proposals"
"""Sub-folder of HOME/desk with proposed settings files."""
LONGEST_NAME = 60
_NAME = re.compile(rf"\w[\w-]{{0,{LONGEST_NAME - 1}}}")


@dataclass(frozen=True)
class Proposal:
    """What is proposed: the `settings`, those that are in use (`before`), and who (`author`) proposes them when (`at`,
    zone-aware) and why (`reason`)."""

    settings: Settings
    before: Settings
    author: str
    reason: str
    at: datetime


def proposal_of(draft: Draft, before: Settings, author: str, reason: str, at: datetime) -> Proposal:
    """Return what a draft proposes `at` a time in place of the settings `before`: its own settings, its single changes.

    Raises UsageError where author or reason is empty, a value is none that a settings file may have, or nothing would
    change.
    """
    settings = changed_settings(draft.settings or before, draft.changes)
    if settings == before:
        raise UsageError(
            phrase("the draft changes no setting, so there is nothing to propose; a pin or a ban is an override")
        )
    by = read_words(author, phrase("the author"), phrase("who proposes it"))
    why = read_words(reason, phrase("the reason"), phrase("why"))
    return Proposal(settings, before, redact_label(by), redact_words(why), at)


def proposal_text(proposal: Proposal) -> str:
    """Return the settings file: every key with its value, what was there before where it differs, who and why."""
    minute = proposal.at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
    head = [f"# Proposed by {proposal.author} at {minute}: {proposal.reason}", "# Nothing reads this file by itself."]
    return "\n".join([*head, *_sections(proposal)]) + "\n"


def store_proposal(home: Home, name: str, proposal: Proposal) -> Path:
    """Write the proposal as `name`.toml into the home, open to nobody else, and return its path.

    Raises UsageError for a name that is none for a file, and for one that is taken.
    """
    named = clean_name(name)
    if not _NAME.fullmatch(named):
        raise UsageError(
            phrase(
                "{name!r} is no name for a proposal; write letters, digits, - and _, at most {most}",
                name=named[:LONGEST_NAME],
                most=LONGEST_NAME,
            )
        )
    keep_private(home)
    path = home.desk / PROPOSALS / f"{named}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_new(path, proposal_text(proposal))
    return path


def write_new(path: Path, text: str) -> None:
    """Write `text` to a `path` where nothing is yet; raises UsageError where something is, or no file can be made."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise UsageError(
            phrase("{file} is there already; choose another name, nothing was written", file=path.name)
        ) from error
    except OSError as error:
        raise UsageError(
            phrase("{path} cannot be written ({cause}); choose another place", path=path, cause=system_reason(error))
        ) from error


def _sections(proposal: Proposal) -> Iterator[str]:
    before = proposal.before.model_dump(mode="json")
    for name, values in proposal.settings.model_dump(mode="json").items():
        yield from ("", f"[{name}]")
        for key, value in values.items():
            yield from _line(key, value, before[name][key])


def _line(key: str, value: Any, before: Any) -> Iterator[str]:
    """One key; what is left out has no value, which TOML cannot write."""
    was = f"  # was {'nothing' if before is None else written(before)}" if value != before else ""
    if value is not None:
        yield f"{key} = {written(value)}{was}"
    elif was:
        yield f"# {key} has no value{was}"


def written(value: Any) -> str:
    """Return a `value` of a settings file as TOML writes it."""
    if isinstance(value, Mapping):
        pairs = (f"{_text(str(key))} = {written(one)}" for key, one in value.items() if one is not None)
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value) if isinstance(value, str) else repr(value)


def _text(value: str) -> str:
    """A text between quotes; JSON escapes all that TOML wants escaped but one sign."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
