"""Defines what verbs share: their options, how typed values are read and how results are printed."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from xuanpin.pipelines.cli.interruption import passing_folder
from xuanpin.pipelines.cli.speech import say
from xuanpin.pipelines.context import BEIJING, Home, Night
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.session import open_latest
from xuanpin.pipelines.settings import load_settings
from xuanpin.pipelines.typed.days import read_typed_day
from xuanpin.pipelines.typed.paths import require_folder, require_room
from xuanpin.pipelines.typed.phrase import phrase

SETTINGS_FILE = "xuanpin.toml"
"""The name under which connecting writes settings."""
NOT_A_HOME = phrase("check the path given to --home or in XUANPIN_HOME")


def existing_home(home: Path) -> Path:
    """Return the folder of a deployment (`home`); raise UsageError where it does not exist or is not a folder."""
    return require_folder(phrase("the home"), home.expanduser(), NOT_A_HOME)


def possible_home(home: Path) -> Path:
    """Return `home`, a folder that exists or can be made; raise UsageError where a file is in the way."""
    path = home.expanduser()
    # The nearest folder above that exists: nothing is made before the request is known to be whole.
    return path if path.is_dir() else _below_folder(path)


def _below_folder(path: Path) -> Path:
    standing = next(above for above in (path, *path.absolute().parents) if os.path.lexists(above))
    if not standing.is_dir():
        raise UsageError(
            phrase(
                "the home {path} cannot be made: {standing} is a file; {remedy}",
                path=path,
                standing=standing,
                remedy=NOT_A_HOME,
            )
        )
    return path


HomeOption = Annotated[
    Path, typer.Option("--home", envvar="XUANPIN_HOME", callback=existing_home, help="Folder of the deployment.")
]
NewHomeOption = Annotated[
    Path,
    typer.Option(
        "--home", envvar="XUANPIN_HOME", callback=possible_home, help="Folder of the deployment; created if missing."
    ),
]


def named_settings(config: Path | None) -> Path | None:
    """Return the settings file that was named (`config`); say so where one lies here and none was named."""
    if config is None and Path(SETTINGS_FILE).is_file():
        unread = phrase(
            "{file} in this folder is not read; name it with --config or in XUANPIN_CONFIG", file=SETTINGS_FILE
        )
        say(unread, is_error=True)
    return config


ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="XUANPIN_CONFIG",
        callback=named_settings,
        help="Settings file (TOML); the defaults run the demo.",
    ),
]
LivelyOption = Annotated[
    bool,
    typer.Option("--lively", help="People hear of regrets, keep habits, wait for promotions; agents refuse matches."),
]
VoicesOption = Annotated[
    Path | None,
    typer.Option("--voices", help="Parquet, CSV or XLSX of labelled texts, which the customers then use."),
]


def list_dates(context: typer.Context) -> list[str]:
    """Return the list dates of the home that the line of `context` names, the newest first, for the shell."""
    home = context.params.get("home") or os.environ.get("XUANPIN_HOME")
    folders = Home(Path(home).expanduser()).published.glob("list_date=*") if home else ()
    return sorted((folder.name.partition("=")[2] for folder in folders), reverse=True)


ListDateOption = Annotated[
    str | None,
    typer.Option("--list-date", autocompletion=list_dates, help="YYYY-MM-DD; the latest list when left out."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def latest_night(home: Home, config: Path | None) -> AbstractContextManager[Night]:
    """Open the home for the as-of date of its latest list, with the settings of the file `config` if any."""
    return open_latest(home, load_settings(config), datetime.now(BEIJING))


def read_date(text: str, option: str) -> date:
    """Return the date in `text`; raise UsageError, which names the option, for anything else."""
    return read_typed_day(text, option)


def read_list_date(text: str | None) -> date | None:
    """Return the list date in `text`, or None where none was typed."""
    return None if text is None else read_date(text, "--list-date")


def require_warehouse(home: Home) -> Home:
    """Return a home in which a night has run; raise UsageError for a folder without a warehouse."""
    if not home.warehouse.exists():
        raise UsageError(
            phrase(
                "{home} has no warehouse; run `xuanpin nightly` there first, or {remedy}",
                home=home.root,
                remedy=NOT_A_HOME,
            )
        )
    return home


def read_numbers(text: str, option: str) -> tuple[int, ...]:
    """Return the numbers in `text`, with commas between them; raise UsageError, which names the option, else."""
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError as error:
        raise UsageError(
            phrase("{option} {text!r} is not a list of whole numbers; write it as 1,2,3", option=option, text=text)
        ) from error


@contextmanager
def simulation_folder(kept: Path | None) -> Iterator[Path]:
    """Yield the folder `kept`, or without it one that is deleted afterwards.

    Raises UsageError where the named folder is not empty.
    """
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="xuanpin-simulate-") as folder, passing_folder(Path(folder)) as passing:
            yield passing
        return
    place = require_room(phrase("the folder"), kept.expanduser(), phrase("name an empty folder with --home"))
    if any(place.iterdir()):
        raise UsageError(phrase("{place} is not empty; name an empty folder with --home", place=place))
    yield place


def show(facts: dict[str, Any], text: str, as_json: bool) -> None:
    """Print `facts` as one JSON object for programs (`as_json`), or as the text that describes them."""
    say(json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True, default=str) if as_json else text)
