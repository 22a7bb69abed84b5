"""Files that stand beside an archive of chats and hold no messages: pictures, sounds, videos, lists of contacts."""

from __future__ import annotations

import json
import re
from pathlib import Path

from xuanpin.pipelines.ingest.formats.chats.kinds import Kind
from xuanpin.pipelines.ingest.formats.packing import head

_MEDIA = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|BM.{4}\0\0\0\0|\0\0\x01\0|RIFF.{4}(?:WEBP|WAVE|AVI )"
    rb"|ID3[\x02-\x04]|\xff[\xf2\xf3\xfa\xfb]|\x02?#!(?:SILK|AMR)|OggS|fLaC|.{4}ftyp|\x1aE\xdf\xa3|wOF[F2]",
    re.DOTALL,
)
"""First bytes of pictures, sounds, videos and fonts."""
_LARGEST = 1 << 24
"""Bytes of a list of contacts: a hundred thousand of them have so many."""


def beside(file: Path) -> Kind | None:
    """Return what a file beside an archive is, None where it may be an archive."""
    start = head(file, 64)
    if _MEDIA.match(start):
        return "media"
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") and file.stat().st_size <= _LARGEST:
        return "contacts" if _holds_contacts(file) else None
    return None


def _holds_contacts(file: Path) -> bool:
    """A list that PyWxDump writes beside its archives: account → who that is."""
    try:
        value = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return False
    people = list(value.values()) if isinstance(value, dict) else []
    return bool(people) and all(isinstance(person, dict) and {"wxid", "nickname"} <= person.keys() for person in people)
