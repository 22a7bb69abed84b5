"""What was understood of a folder under the answers so far, and its writing: the seam for a terminal and a page."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, count
from pathlib import Path

from xuanpin.pipelines.connect.chat_rooms import map_rooms
from xuanpin.pipelines.connect.completing import complete
from xuanpin.pipelines.connect.connection import Connection
from xuanpin.pipelines.connect.derived import derived_plans
from xuanpin.pipelines.connect.missing import Missing, what_is_missing
from xuanpin.pipelines.connect.notes import groups_of_notes
from xuanpin.pipelines.connect.plan import TablePlan
from xuanpin.pipelines.connect.questions import Asking, Question, refuse_unknown
from xuanpin.pipelines.connect.recognised import recognised_plans
from xuanpin.pipelines.connect.settings_text import needs_view, settings_text, view_text
from xuanpin.pipelines.contracts import OPTIONAL
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.ingest.checking import TableFindings, check_sources
from xuanpin.pipelines.settings import load_settings
from xuanpin.pipelines.typed.paths import WRITTEN, named_path
from xuanpin.pipelines.typed.phrase import Language, phrase

SETTINGS_FILE, VIEWS = "xuanpin.toml", "views"


@dataclass(frozen=True)
class Understanding:
    """How the tables will be read (`plans`), what is `missing`, and what is not sure.

    `questions` are not answered yet; `taken` are the answers that were taken because nobody asked to be asked, and
    `asked` all questions, by key.
    """

    plans: tuple[TablePlan, ...]
    missing: Missing
    questions: tuple[Question, ...]
    taken: Mapping[str, str]
    asked: Mapping[str, Question]

    @property
    def needs_key(self) -> bool:
        """Tell whether customers are known only by what people call them, so that a key must hash it."""
        return any(plan.names_customers for plan in self.plans)


@dataclass(frozen=True)
class Written:
    """The `files` that were written, what `check` has `found` by them, and the day of a first night (`as_of`).

    `key_variable` is the environment variable that a night needs and that is not set.
    """

    files: tuple[Path, ...]
    found: tuple[TableFindings, ...]
    as_of: date | None
    key_variable: str = ""


def understand(connection: Connection, answers: Mapping[str, str], *, is_trusting: bool = False) -> Understanding:
    """Return what a connection means under the `answers`, by the key of their question.

    `is_trusting` takes every proposal and leaves out what has none. Raises UsageError for an answer to no question and
    for one that is none of the choices.
    """
    asking = Asking(answers, is_trusting)
    plans = recognised_plans(connection, asking)
    complete(plans, asking)
    derived = derived_plans(plans, asking) + groups_of_notes(connection, plans)
    complete(derived, asking)
    plans += derived
    map_rooms({plan.table: plan for plan in plans}, asking)
    missing = what_is_missing(plans)
    understanding = Understanding(
        tuple(plans), missing, tuple(asking.unanswered), dict(asking.taken), dict(asking.asked)
    )
    if not asking.unanswered:
        refuse_unknown(answers, asking.asked)
    return understanding


def write(
    connection: Connection, understanding: Understanding, to: Path, language: Language, *, is_replacing: bool = False
) -> tuple[Path, ...]:
    """Write the settings and views of an understanding to the folder `to`, commented in `language`; return the files.

    Settings that are there stay, unless `is_replacing`, which keeps them under a free name that ends in .bak.
    Raises UsageError where they stay, and where orders are missing.
    """
    _refuse_unready(connection, understanding)
    files = {to / SETTINGS_FILE: _settings(understanding, language)}
    for plan in understanding.plans:
        if needs_view(plan):
            files[to / VIEWS / f"{plan.table}.sql"] = view_text(plan, language)
    standing = [file for file in files if file.exists()]
    if standing and not is_replacing:
        raise UsageError(
            phrase(
                "{file} is there already and may have been changed by hand; name another folder with --to, or use "
                "--force, which keeps it as {file}.bak",
                file=standing[0],
            )
        )
    for file, text in files.items():
        _write(file, text)
    return tuple(files)


def _settings(understanding: Understanding, language: Language) -> str:
    return settings_text(understanding.plans, understanding.missing, language, needs_key=understanding.needs_key)


def _write(file: Path, text: str) -> None:
    remedy = phrase("name a folder that can be written with --to")
    with named_path(phrase("the settings"), file, remedy, doing=WRITTEN):
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists():
            file.replace(_free_name(file))
        file.write_text(text, encoding="utf-8")


def _free_name(file: Path) -> Path:
    """Return the name under which a file is kept: what was kept before stays, as it may be what a person wrote."""
    names = chain((f"{file.name}.bak",), (f"{file.name}.{number}.bak" for number in count(2)))
    return next(place for place in map(file.with_name, names) if not os.path.lexists(place))


def _refuse_unready(connection: Connection, understanding: Understanding) -> None:
    if not any(plan.table == "orders" for plan in understanding.plans):
        raise UsageError(
            phrase(
                "no export below {folder} is one of order lines, and without them there is no list; export the order "
                "lines with SKU, units, amount, time and state into the folder",
                folder=connection.folder.name,
            )
        )


def checked(connection: Connection, files: tuple[Path, ...], now: datetime) -> Written:
    """Read the exports by the `files` that were written, as `xuanpin check` does at the zone-aware time `now`."""
    settings = load_settings(files[0])
    variable = settings.privacy.key_variable
    lacks_key = settings.privacy.key_required and not os.environ.get(variable)
    # What is read here is thrown away, so that any key will do.
    environment = {**os.environ, variable: secrets.token_hex()} if lacks_key else os.environ
    found = check_sources(connection.folder, settings, now, environment)
    days = [entry.newest for entry in found if entry.newest and entry.table not in OPTIONAL]
    orders = [entry.newest for entry in found if entry.newest and entry.table == "orders"]
    newest = min(max(orders or days), now.date() - timedelta(days=1)) if days else None
    return Written(files, tuple(found), newest, variable if lacks_key else "")
