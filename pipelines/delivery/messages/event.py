"""One thing that people and systems are told: what it is, how bad, in both languages, and the list that it is about."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xuanpin.pipelines.settings.notify import SEVERITIES, MessageKind, Severity
from xuanpin.pipelines.typed.phrase import Language, in_language

FORMAT = "xuanpin.message/1"
"""Names the form of a body; fields may be added under one name, none may go."""
ID_DIGITS = 32
"""Hexadecimal digits of an id."""
SEVERITY: Mapping[MessageKind, Severity] = {
    "published": "info",
    "approved": "info",
    "rejected": "info",
    "pending": "warning",
    "fallback": "warning",
    "withdrawn": "warning",
    "missing_source": "warning",
    "trial_stopped": "warning",
    "late": "warning",
    "not_level": "warning",
    "failed": "critical",
    "held": "critical",
    "recalled": "critical",
    "danger": "critical",
}
"""How bad each kind is: critical where agents may show what they must not, or where no list comes without a person."""
InBoth = Mapping[Language, str]
"""A text by its language."""


@dataclass(frozen=True)
class Event:
    """What is told.

    `event_id`: the same however often it is sent; `kind` and `severity`; `at`: when it was noted, ISO with its zone;
    `number`: of the entry of the journal, None for a notice; `about`: the channel that a notice is about, which is not
    told; `subject` and `text`: what people read; `details`: facts of the list that it is about, None for a notice.
    """

    event_id: str
    kind: str
    severity: Severity
    at: str
    number: int | None
    subject: InBoth
    text: InBoth
    details: Mapping[str, Any] | None = None
    about: str | None = None

    def payload(self) -> dict[str, Any]:
        """Return the event as it stands in the body of a message."""
        return {
            "event_id": self.event_id,
            "kind": self.kind,
            "severity": self.severity,
            "at": self.at,
            "number": self.number,
            "subject": dict(self.subject),
            "text": dict(self.text),
            "list": self.details,
        }


def identity(*parts: object) -> str:
    """Return the id of an event or a message that is known by its `parts`."""
    return hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()[:ID_DIGITS]


def in_both_languages(text: str) -> InBoth:
    """Return a `text`, or a phrase, by its language."""
    return {"en": in_language(text, "en"), "zh": in_language(text, "zh")}


def worst(events: Sequence[Event]) -> Severity:
    """Return the severity of the worst of some events."""
    return max((event.severity for event in events), key=SEVERITIES.index)


def body_of(events: Sequence[Event]) -> dict[str, Any]:
    """Return the body of one message on `events`, at least one, as `json` channels and asset events have it."""
    return {
        "format": FORMAT,
        "message_id": message_id(events),
        "severity": worst(events),
        "events": [event.payload() for event in events],
    }


def message_id(events: Sequence[Event]) -> str:
    """Return the id of a message: that of its event, or one made of those of several."""
    ids = [event.event_id for event in events]
    return ids[0] if len(ids) == 1 else identity(*ids)
