"""Writes what people read of one message: subject and lines, in one language, in the marks that a robot reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from xuanpin.pipelines.context import BEIJING
from xuanpin.pipelines.delivery.messages.event import Event, worst
from xuanpin.pipelines.settings.notify import Severity
from xuanpin.pipelines.typed.phrase import Language, Phrase, in_language, phrase

SHOWN = 20
"""Events of one message that are named; all stand in a `json` body."""
MOST_BYTES = 3_800
"""Bytes of UTF-8 that a robot's text has at most: WeCom takes 4,096 of Markdown, DingTalk more."""
MOST_TEXT_BYTES = 2_000
"""The same of a plain text: WeCom takes 2,048."""
LEVELS: Mapping[Severity, Phrase] = {
    "info": phrase("info"),
    "warning": phrase("attention"),
    "critical": phrase("urgent"),
}
_COLOURS: Mapping[Severity, str] = {"info": "info", "warning": "comment", "critical": "warning"}
_HARMLESS = str.maketrans({"<": "＜", ">": "＞", "[": "【", "]": "】", "*": "＊", "`": "'", "@": "＠"})
"""What Markdown, or a robot, would take for a link, a mark or a call to somebody."""


def subject_of(events: Sequence[Event], language: Language) -> str:
    """Return the head of a message on `events`, at least one."""
    if len(events) == 1:
        return events[0].subject[language]
    head = phrase("Xuanpin: {count:,} messages since {since}", count=len(events), since=_moment(events[0].at))
    return in_language(head, language)


def text_of(events: Sequence[Event], language: Language) -> str:
    """Return the text of a message: that of its event, or the subjects of several, the newest last."""
    if len(events) == 1:
        return events[0].text[language]
    left = len(events) - SHOWN
    first = [in_language(phrase("and {count:,} before them", count=left), language)] if left > 0 else []
    shown = [f"{_moment(event.at)} {event.subject[language]}" for event in events[-SHOWN:]]
    return "\n".join([*first, *shown, events[-1].text[language]])


def markdown(events: Sequence[Event], language: Language, *, has_colours: bool) -> str:
    """Return a message in the Markdown of robots; what stands in it is text, and calls nobody.

    `has_colours`: whether the robot takes the colours of WeCom.
    """
    level = worst(events)
    word = in_language(LEVELS[level], language)
    mark = f'<font color="{_COLOURS[level]}">{word}</font>' if has_colours else f"**{word}**"
    head = subject_of(events, language).translate(_HARMLESS)
    # An empty line parts paragraphs; DingTalk joins lines that only one end of line parts.
    lines = text_of(events, language).translate(_HARMLESS).split("\n")
    return cut("\n\n".join([f"{mark} **{head}**", *lines]), MOST_BYTES)


def plain(events: Sequence[Event], language: Language) -> str:
    """Return a message as plain text, its head first."""
    return cut(f"{subject_of(events, language)}\n{text_of(events, language)}", MOST_TEXT_BYTES)


def cut(text: str, most: int) -> str:
    """Return a `text` of at most so many bytes of UTF-8; one that was longer ends in …"""
    content = text.encode()
    if len(content) <= most:
        return text
    return f"{content[: most - len('…'.encode())].decode(errors='ignore')}…"


def _moment(at: str) -> str:
    """Return a moment, ISO, to the minute in Beijing."""
    return f"{datetime.fromisoformat(at).astimezone(BEIJING):%m-%d %H:%M}"
