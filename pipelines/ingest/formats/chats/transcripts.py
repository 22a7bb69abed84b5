"""Archives that are plain text: a line that says who spoke and when, and what was said on it or below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from xuanpin.pipelines.ingest.formats.chats.archives import Archive
from xuanpin.pipelines.ingest.formats.chats.contents import OWNER
from xuanpin.pipelines.ingest.formats.chats.messages import ChatMessage
from xuanpin.pipelines.ingest.formats.header import SEARCHED
from xuanpin.pipelines.ingest.formats.lines import read_lines

_AT = r"(?P<at>\d{4}[-/.]\d{1,2}[-/.]\d{1,2} \d{1,2}:\d{2}(?::\d{2})?)"
_HEADS = (
    re.compile(rf"{_AT} +'?(?P<who>[^,\t|;:：]{{1,64}}?)'?(?P<said>)"),
    re.compile(rf"(?P<who>[^,\t|;]{{1,64}}?) ?[(（]{_AT}[)）] ?[:：](?P<said>.*)"),
    re.compile(rf"(?P<who>[^,\t|;]{{1,64}}?) ?[(（]{_AT}[)）](?P<said>)"),
    re.compile(rf"(?P<who>[^,\t|;]{{1,64}}?) {{1,4}}{_AT}(?P<said>)"),
)
"""Who and when: the time first; the name with the time in brackets, and the words; or without them; the name first."""
_CLOCK = re.compile(r"(?P<who>[^,\t|;:：]{1,64}?) {2,4}(?P<at>\d{1,2}:\d{2})(?P<said>)")
_DAY = re.compile(r"[—\-\s]*(?P<day>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})[—\-\s]*")
"""What WeChat itself sends by mail: the day on a line of its own, and below it who spoke at what hour."""
_NOTICE = re.compile(r"(?:系统消息|System)[:：].*")
_FEWEST = 2
"""Such lines among the first from which a text is a conversation: a table or a log has one by chance."""
_MOST_LINES = 1_000
_ACCOUNT = re.compile(r"(?P<name>.*?)[(（](?P<account>[\w@.\-]+)[)）]", re.ASCII)


def transcript_archive(file: Path) -> Archive | None:
    """Return the archive in a UTF-8 text (`file`), None where its first lines do not say who spoke and when."""
    lines = [text for _, text in islice(read_lines(file), SEARCHED) if text and text.strip()]
    has_days = any(_DAY.fullmatch(line) for line in lines)
    heads = (*_HEADS, _CLOCK) if has_days else _HEADS
    head = next((head for head in heads if _begins(head, lines)), None)
    return None if head is None else Archive("text", lambda: _messages(file, head))


def _begins(head: re.Pattern[str], lines: list[str]) -> bool:
    found = [bool(head.fullmatch(line.strip())) for line in lines]
    return sum(found) >= _FEWEST or (any(found) and len(lines) <= _FEWEST)


def _messages(file: Path, head: re.Pattern[str]) -> Iterator[ChatMessage]:
    place, begun, words, day = 0, None, list[str](), ""
    for number, text in read_lines(file):
        line = (text or "").strip()
        if head is _CLOCK and (dated := _DAY.fullmatch(line)):
            if begun:
                yield _message(place, begun, words, day)
            begun, words, day = None, [], dated["day"]
            continue
        found = head.fullmatch(line)
        if not found and not _NOTICE.fullmatch(line):
            words += [line] if len(words) < _MOST_LINES else []
            continue
        if begun:
            yield _message(place, begun, words, day)
        place, begun, words = number, found, [found["said"]] if found and found["said"] else []
    if begun:
        yield _message(place, begun, words, day)


def _message(place: int, begun: re.Match[str], words: list[str], day: str) -> ChatMessage:
    who = begun["who"].strip()
    named = _ACCOUNT.fullmatch(who)
    name, account = (named["name"].strip(), named["account"]) if named else (who, "")
    return ChatMessage(
        place,
        sender="" if account == OWNER else account,
        names=() if name == OWNER else (name,),
        is_owner=OWNER in (name, account),
        at=f"{day} {begun['at']}".strip(),
        content="\n".join(words).strip(),
    )
