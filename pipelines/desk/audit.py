"""The audit log: who decided what at the desk, when, from where and with what outcome; HOME/logs/audit.jsonl.

A line is written whole and is on the disk before the answer goes out; at the first line of a month the months before
go to a file of their own. What a person typed never stands in it, only ids and names of people who may sign in.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from fastapi import Request

from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.desk.people import Person
from xuanpin.pipelines.desk.place import DeskPlace
from xuanpin.pipelines.home_locks import alone
from xuanpin.pipelines.home_modes import keep_private
from xuanpin.pipelines.typed.words import clean_words

FILE = "audit.jsonl"
LONGEST = 200
"""Characters of a subject or an outcome."""
KEYS = {"when", "who", "role", "action", "subject", "outcome", "from"}
"""What a line tells."""
_MONTH = len("2026-11")


def audit(
    place: DeskPlace, request: Request, person: Person | None, action: str, subject: str, outcome: str = "done"
) -> None:
    """Append who (`person`, None for nobody known) did which `action` to which `subject`, and the `outcome`.

    An action is a verb such as `approve`; a subject names it by ids, such as a list date or a SKU, and never quotes
    what was typed.
    """
    entry = {
        "when": place.clock().astimezone(BEIJING).isoformat(timespec="seconds"),
        "who": person.name if person else None,
        "role": person.role if person else None,
        "action": action,
        "subject": clean_words(subject)[:LONGEST],
        "outcome": clean_words(outcome)[:LONGEST],
        "from": request.state.origin.address,
    }
    keep_private(place.home)
    place.home.logs.mkdir(exist_ok=True)
    with alone(place.home.logs / ".audit.lock"):
        path = place.home.logs / FILE
        _put_by_month(path, str(entry["when"])[:_MONTH])
        _append(path, json.dumps(entry, ensure_ascii=False))


def audit_lines(home: Home, most: int) -> list[dict[str, Any]]:
    """Return the newest lines of the audit log, at most so many, newest first; a line that was cut is left out."""
    found: list[dict[str, Any]] = []
    for path in [home.logs / FILE, *sorted(home.logs.glob("audit-*.jsonl"), reverse=True)]:
        if path.exists() and len(found) < most:
            found += _lines(path)[: most - len(found)]
    return found


def _lines(path: Path) -> list[dict[str, Any]]:
    read = []
    for line in reversed(path.read_text(encoding="utf-8", errors="replace").splitlines()):
        try:
            content = json.loads(line)
        except ValueError:
            continue
        if isinstance(content, dict) and set(content) >= KEYS:
            read.append(content)
    return read


def _put_by_month(path: Path, month: str) -> None:
    """Give a file whose last line is of an earlier month that month's name; one that is there already is added to."""
    if not path.exists():
        return
    former = next((str(line["when"])[:_MONTH] for line in _lines(path)), month)
    if former == month:
        return
    kept = path.with_name(f"audit-{former}.jsonl")
    if kept.exists():
        _append(kept, path.read_text(encoding="utf-8").rstrip("\n"))
        path.unlink()
    else:
        path.rename(kept)


def _append(path: Path, line: str) -> None:
    """Append a line and wait until it is on the disk; what a killed process left of one is ended first."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        is_cut = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        start = "\n" if is_cut else ""
        os.write(descriptor, f"{start}{line}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
