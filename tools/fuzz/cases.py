"""The kinds of cases: the input of each, and how its result is judged."""

from __future__ import annotations

import contextlib
import io
import logging
import shutil
import sys
from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from random import Random
from types import TracebackType

from tests.support.drop_folder import DAY, DEFAULTS, NOW, Platform
from tools.fuzz.drops import FuzzedDrop, fuzzed_drop, write
from tools.fuzz.lines import changed_lines, settings_text, sheet_bytes, words
from tools.fuzz.oracle import EXIT_CODES, Find, judge_drop, judge_error, judge_message
from tools.fuzz.values import SECRETS
from xuanpin.pipelines import cli
from xuanpin.pipelines.context import BEIJING, Home, Night, RunRequest
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.feedback.labels import FORM as LABELS
from xuanpin.pipelines.ingest.step import ingest
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.overrides.sheet import read_sheet
from xuanpin.pipelines.settings import Settings, load_settings
from xuanpin.pipelines.typed.sheets import read_rows

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden" / "sources"
GOLDEN_DAY = date(2026, 11, 21)
MORNING = datetime(2026, 11, 22, 1, 30, tzinfo=BEIJING)
SHARES = {"drop": 0.6, "settings": 0.15, "overrides": 0.1, "labels": 0.1, "line": 0.048, "night": 0.002}
"""How often each kind comes; a night takes seconds, a line a tenth of one, the others hundredths."""


class Judged:
    """Runs a block, then judges the failure that ended it and what it wrote to the log; a known failure ends here."""

    def __init__(self, secrets: tuple[str, ...] = SECRETS) -> None:
        """Look for these secrets in messages and log lines."""
        self._secrets = secrets
        self._text = io.StringIO()
        self._handler = logging.StreamHandler(self._text)

    def __enter__(self) -> Judged:
        logging.getLogger("xuanpin").addHandler(self._handler)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        logging.getLogger("xuanpin").removeHandler(self._handler)
        if isinstance(error, Find):
            return False
        judge_message(self._text.getvalue(), self._secrets, is_log=True)
        if isinstance(error, Exception):
            judge_error(error, self._secrets)
            return True
        return False


class Undone(Exception):
    """Ends a case's transaction, so that the next one finds the warehouse as it was."""


class Bench:
    """What the cases of one process share: a tiny platform whose first drops are read, and a home with one night."""

    def __init__(self, root: Path) -> None:
        """Work below the folder `root`; what a kind of case needs is prepared with its first case."""
        self._root = root

    def run(self, kind: str, draw: Random) -> None:
        """Do one case of a kind of SHARES; raises Find where what must hold does not."""
        {
            "drop": self._drop,
            "settings": self._settings,
            "overrides": self._overrides,
            "labels": self._labels,
            "line": self._lines,
            "night": self._night,
        }[kind](draw)

    def _drop(self, draw: Random) -> None:
        drop = fuzzed_drop(draw)
        settings = Settings.model_validate({"ingest": {"bad_share": draw.choice((0.01, 1.0, 1.0))}})
        path = write(drop, self._platform.sources)
        secrets = SECRETS if drop.is_plain else ()
        try:
            with contextlib.suppress(Undone), self._engine.transaction():
                with Judged(secrets):
                    self._ingest(drop, settings)
                raise Undone
        finally:
            path.unlink()

    def _ingest(self, drop: FuzzedDrop, settings: Settings) -> None:
        night = Night(self._engine, settings, self._platform.home, DAY, self._platform.sources, NOW)
        read, admitted = ingest(night, (drop.table,))
        seq = int(self._engine.select("newest_drop")["drop_seq"][0].as_py() or 0)
        judge_drop(self._engine, drop, read, admitted, seq)

    def _settings(self, draw: Random) -> None:
        path = self._root / "fuzzed.toml"
        path.write_bytes(settings_text(draw))
        with Judged():
            load_settings(path)

    def _overrides(self, draw: Random) -> None:
        path = self._root / draw.choice(("sheet.csv", "sheet.xlsx"))
        path.write_bytes(sheet_bytes(draw, "overrides"))
        with Judged():
            read_sheet(path)

    def _labels(self, draw: Random) -> None:
        path = self._root / draw.choice(("sheet.csv", "sheet.xlsx"))
        path.write_bytes(sheet_bytes(draw, "labels"))
        with Judged():
            read_rows(path, LABELS)

    def _lines(self, draw: Random) -> None:
        """Two command lines, one after the other, on a copy of the home."""
        desk = self._root / "desk"
        shutil.rmtree(desk, ignore_errors=True)
        shutil.copytree(self._golden_home().root, desk / "home")
        for kind in ("overrides", "labels"):
            (desk / f"{kind}.csv").write_bytes(sheet_bytes(draw, kind))
        (desk / "xuanpin.toml").write_bytes(settings_text(draw))
        with contextlib.chdir(desk):
            for _ in range(2):
                type_line(words(draw))

    def _night(self, draw: Random) -> None:
        """A whole night on the golden platform, of which one file is changed in a few cells or bytes."""
        place = self._root / "night"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(GOLDEN, place / "sources")
        file = place / "sources" / draw.choice(tuple(DEFAULTS)) / "golden.csv"
        file.write_bytes(changed_lines(draw, file.read_bytes()))
        settings = Settings.model_validate({"ingest": {"bad_share": 1.0}})
        with Judged():
            run_night(RunRequest(GOLDEN_DAY, Home(place / "home"), place / "sources", settings, MORNING))

    @cached_property
    def _platform(self) -> Platform:
        platform = Platform(self._root / "platform").fill()
        platform.night()
        return platform

    @cached_property
    def _engine(self) -> Engine:
        return open_home(self._platform.home, threads=1)

    def _golden_home(self) -> Home:
        home = Home(self._root / "golden")
        if not home.published.exists():
            run_night(RunRequest(GOLDEN_DAY, home, GOLDEN, Settings(), MORNING))
        return home


def type_line(typed: list[str]) -> None:
    """Run a command line in this process; raises Find for an unknown exit code or a message that must not be."""
    said = io.StringIO()
    with Judged(), _arguments(typed), contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            cli.main()
        except SystemExit as left:
            if left.code not in EXIT_CODES:
                raise Find(f"exit code {left.code} of {typed}: {said.getvalue()[:300]}") from None
    judge_message(said.getvalue())


@contextlib.contextmanager
def _arguments(typed: list[str]) -> Iterator[None]:
    before, sys.argv = sys.argv, ["xuanpin", *typed]
    try:
        yield
    finally:
        sys.argv = before
