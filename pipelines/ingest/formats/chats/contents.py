"""What the content of a message says: its sender's own words, what it answers, what it shows, what it withdraws.

Content is XML in databases and text in what tools have made of it; both are read into the same message.
"""

from __future__ import annotations

import re
from dataclasses import replace

from xuanpin.pipelines.ingest.formats.chats.kinds import Kind, app_kind, named_kind
from xuanpin.pipelines.ingest.formats.chats.messages import ChatMessage
from xuanpin.pipelines.ingest.formats.chats.xml_content import BrokenXmlError, Parts, is_xml, read_xml

_ANSWERED = re.compile(r"\s*[「『“].*?[」』”]\s*(?:[-—–_] ?){3,}\s*", re.DOTALL)
_MAILED = re.compile(r"(?:[ \t]*[>＞][^\n]*(?:\n|\Z))+")
"""How phones and tools write the words that a message answers before it: in quotes above dashes, and as mail does."""
_BEHIND = (
    re.compile(r"\s?\s?\[引用\]\s?\([^()\n]*\)"),
    re.compile(r"\n[ \t]*(?:引用|回复|原消息|被引用的?消息)[：:]"),
    re.compile(r"\n[ \t]*[「『](?=[^\n]*[」』]\s*\Z)"),
)
_CLOSED = "[引用 "
"""How tools begin to write them behind it, down to the end; one of them ends with a bracket."""
_RENDERED = re.compile(r"!?\[(?P<label>[^\]|:：\n]{1,12})(?:[|:：] *(?P<title>[^\]]*))?\](?P<rest>.*)", re.DOTALL)
_ADDRESS = re.compile(r"\((?P<bare>[^()\s]+)\)\s*\Z|href=[\"'](?P<link>[^\"']+)|(?P<plain>https?://\S+)")
_MARKUP = re.compile(r"</?[A-Za-z_][^<>]*>")
_TRANSCRIPT = re.compile(r"(?:翻译结果|转文字|识别结果|转写)(?:结果|为|：|:|\])+\s*(?P<words>.+)", re.DOTALL)
_SOUND = re.compile(
    r"\A\s*(?:\[?语音[^\]\n]{0,20}\]?|\(?\d+(?:\.\d+)?\s*(?:秒|s|\")\)?|\S+\.(?:wav|mp3|silk|amr|aud)|\(.*\))"
)
_WITHDRAWN = re.compile(
    r"\s*[\"“「]?(?P<who>.{1,64}?)[\"”」]?\s*(?:撤回了一条消息|(?:has )?recalled a message)\W*"
    r"(?:.{0,12}(?:重新编辑|[Rr]e-?edit))?\s*"
)
_LONGEST_LINE = 200
"""Characters of a line of a chat program on a withdrawn message."""
_ME = frozenset({"你", "You", "you", "我"})
OWNER = "我"
"""What archives call their owner."""
_MEDIA: tuple[tuple[str, Kind], ...] = (
    ("img", "picture"),
    ("videomsg", "video"),
    ("emoji", "sticker"),
    ("location", "place"),
    ("voicemsg", "voice"),
)


def understood(message: ChatMessage) -> ChatMessage:
    """Return the message with its kind, its own words as `content`, and what it answers or shows.

    XML that does not parse is a fault where its words would count. For a line on a withdrawn message `reply` is the
    withdrawn one, and `names` who withdrew it.
    """
    if message.fault:
        return message
    if not is_xml(message.content):
        return _from_text(message)
    try:
        return _from_xml(message, read_xml(message.content))
    except BrokenXmlError:
        if message.kind in ("text", "quote", "card", "list", "announcement", "unknown"):
            return ChatMessage(message.place, fault="broken_xml")
        return _from_text(replace(message, content=_MARKUP.sub("", message.content)))


def _from_xml(message: ChatMessage, parts: Parts) -> ChatMessage:
    if "appmsg/type" in parts:
        return _from_app(message, parts)
    for start in ("sysmsg/revokemsg", "revokemsg"):
        if start in parts or f"{start}/newmsgid" in parts or f"{start}/replacemsg" in parts:
            line = parts.get(f"{start}/replacemsg") or parts.get(start, "")
            return _withdrawal(replace(message, reply=parts.get(f"{start}/newmsgid", "")), line)
    if any(name.startswith("sysmsg") for name in parts):
        return replace(message, kind="system", content="")
    words = parts.get("voicetrans@transtext") or parts.get("voicetrans/transtext", "")
    media = next((kind for tag, kind in _MEDIA if any(name.split("@")[0].startswith(tag) for name in parts)), None)
    return replace(message, kind=media or message.kind, content=words)


def _from_app(message: ChatMessage, parts: Parts) -> ChatMessage:
    kind, title = app_kind(parts["appmsg/type"]), parts.get("appmsg/title", "")
    if kind == "quote":
        return replace(message, kind=kind, content=title, reply=parts.get("appmsg/refermsg/svrid", ""))
    if kind == "announcement":
        return replace(message, kind=kind, content=parts.get("appmsg/textannouncement") or title)
    if kind != "card":
        return replace(message, kind=kind, content=title)
    addresses = (parts.get("appmsg/weappinfo/pagepath", ""), parts.get("appmsg/url", ""))
    return replace(
        message,
        kind=kind,
        content="",
        title=title,
        path=" ".join(filter(None, addresses)),
        app=parts.get("appmsg/sourcedisplayname") or parts.get("appinfo/appname", ""),
    )


def _from_text(message: ChatMessage) -> ChatMessage:
    text = message.content.strip()
    if message.kind in ("system", "withdrawn") or (message.kind == "text" and _line_on_withdrawn(text)):
        return _withdrawal(message, _MARKUP.sub("", text))
    if message.kind == "quote":
        return replace(message, content=own_words(text))
    if message.kind == "voice":
        return replace(message, content=_transcript(text))
    if message.kind == "text" and (_ANSWERED.match(text) or _MAILED.match(text)):
        return replace(message, kind="quote", content=own_words(text))
    if rendered := _RENDERED.fullmatch(text):
        return _from_label(message, rendered)
    return _card(message, text, "") if message.kind == "card" else replace(message, content=text)


def _from_label(message: ChatMessage, rendered: re.Match[str]) -> ChatMessage:
    """Read `[图片]`, `[链接] title`, `[链接|title](address)`, as tools write what is no text."""
    kind, rest = named_kind(rendered["label"]), rendered["rest"].strip()
    if kind is None or kind == "text" or message.kind not in ("text", "card", "list", "announcement", kind):
        return replace(message, content=message.content.strip())
    if kind == "voice":
        return replace(message, kind=kind, content=_transcript(rest))
    if kind == "quote":
        return replace(message, kind=kind, content=own_words(message.content.strip()))
    if kind == "card":
        return _card(replace(message, kind=kind), rest, rendered["title"] or "")
    return replace(message, kind=kind, content=rest)


def _card(message: ChatMessage, text: str, title: str) -> ChatMessage:
    found = _ADDRESS.search(text)
    path = next(filter(None, found.groups()), "") if found else ""
    bare = _ADDRESS.sub("", _MARKUP.sub("", text)).strip().split("\n")[0]
    title = message.title or title or ("" if named_kind(bare) else bare)
    return replace(message, content="", title=title, path=f"{message.path} {path}".strip())


def own_words(text: str) -> str:
    """Return a `text` without the words that it answers, which another person wrote."""
    for before in (_ANSWERED, _MAILED):
        if found := before.match(text):
            text = text[found.end() :]
    ends = [found.start() for pattern in _BEHIND if (found := pattern.search(text))]
    if _CLOSED in text and text.rstrip().endswith("]"):
        ends.append(text.index(_CLOSED))
    return text[: min(ends, default=len(text))].strip()


def _transcript(text: str) -> str:
    """Return what a voice message says, where a tool has written it down beside its length or file; else ''."""
    if found := _TRANSCRIPT.search(text):
        return found["words"].strip()
    return _SOUND.sub("", text).strip()


def _line_on_withdrawn(line: str) -> re.Match[str] | None:
    return _WITHDRAWN.fullmatch(line.strip()) if len(line) <= _LONGEST_LINE else None


def _withdrawal(message: ChatMessage, line: str) -> ChatMessage:
    found = _line_on_withdrawn(line)
    if not found and not message.reply and message.kind != "withdrawn":
        return replace(message, kind="system", content="")
    who = found["who"] if found else ""
    names = (OWNER,) if who in _ME else (who,) if who else ()
    return replace(message, kind="withdrawn", content="", names=names)
