"""Keeps the exports that operators send to the desk, in HOME/connect, until they are cleared; nothing reads them by
itself."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from xuanpin.pipelines import run_store
from xuanpin.pipelines.connect.connection import Connection, connection
from xuanpin.pipelines.connect.recognition.recognising import recognise
from xuanpin.pipelines.connect.understanding import SETTINGS_FILE, VIEWS
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.home_modes import keep_private
from xuanpin.pipelines.ingest.drops import is_no_drop
from xuanpin.pipelines.typed.phrase import phrase
from xuanpin.pipelines.typed.shown import shown

_LONGEST_NAME = 200
"""Bytes of a file's name: file systems take 255, and a copy of it may get an ending."""
_PARTS = str.maketrans({"\\": "/"})


class Exports:
    """The exports that were sent to the desk of a `home`, what was answered about them, and the settings written.

    What looking at them has found is kept (`_seen`) until a file changes: several pages ask for it.
    """

    def __init__(self, home: Home) -> None:
        """Keep the exports of `home`."""
        self.home = home
        self._seen: dict[tuple[tuple[str, int, int], ...], Connection] = {}
        self._looking = Lock()

    @property
    def folder(self) -> Path:
        """Where the files lie."""
        return self.home.connect / "exports"

    @property
    def settings(self) -> Path:
        """Where settings and views are written."""
        return self.home.connect / "settings"

    def files(self) -> list[Path]:
        """Return the files that were sent, by name."""
        return sorted(self.folder.iterdir()) if self.folder.is_dir() else []

    def keep(self, sent: Iterable[tuple[str, BinaryIO]]) -> list[str]:
        """Store files under the last part of the name that each came with; one of that name is replaced.

        Raises UsageError, before any is stored, for a name that no night would read.
        """
        named = [(_plain_name(name), content) for name, content in sent]
        keep_private(self.home)
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, content in named:
            with (self.folder / name).open("wb") as file:
                shutil.copyfileobj(content, file)
        return [name for name, _ in named]

    def connection(self) -> Connection:
        """Return what the files may mean; looked at anew only where one of them has changed."""
        stamps = tuple((file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in self.files())
        with self._looking:
            if stamps not in self._seen:
                self._seen.clear()
                self._seen[stamps] = connection(self.folder, recognise)
            return self._seen[stamps]

    def answers(self) -> dict[str, str]:
        """Return what was answered so far, by the key of the question."""
        file = self.home.connect / "answers.json"
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}

    def answer(self, answers: Mapping[str, str]) -> None:
        """Keep `answers` in place of those that were given before; settings that followed from those are gone."""
        run_store.replace_json(self.home.connect / "answers.json", dict(answers))
        self.clear_settings()

    def clear_settings(self) -> None:
        """Delete the settings that were written."""
        shutil.rmtree(self.settings, ignore_errors=True)

    def written(self) -> Sequence[Path]:
        """Return the settings and views that were written, the settings first; nothing before that."""
        if not (self.settings / SETTINGS_FILE).exists():
            return ()
        return (self.settings / SETTINGS_FILE, *sorted((self.settings / VIEWS).glob("*.sql")))

    def clear(self) -> None:
        """Delete files, answers and settings."""
        shutil.rmtree(self.home.connect, ignore_errors=True)


def _plain_name(name: str) -> str:
    plain = name.translate(_PARTS).rpartition("/")[2].strip()
    usable = plain.isprintable() and 0 < len(plain.encode()) <= _LONGEST_NAME and not is_no_drop(Path(plain))
    if not usable or plain.strip(".") == "":
        raise UsageError(
            phrase(
                'no night reads a file named "{name}"; give it a plain name, which does not begin with a dot, _ or ~$',
                name=shown(plain[:40]),
            )
        )
    return plain
