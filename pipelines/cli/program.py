"""The program behind `xuanpin …`: one function a verb, by family; the scheduler runs nights through the same module."""

from __future__ import annotations

import logging
import sys
from importlib.metadata import version
from typing import Annotated

import typer
from rich.console import Console

from xuanpin.pipelines.cli import (
    answers,
    backtest,
    check,
    comparing,
    desk,
    inspect,
    labels,
    migration,
    night,
    outbox,
    overrides,
    planning,
    publishing,
    retention,
)
from xuanpin.pipelines.cli.interruption import end_quietly
from xuanpin.pipelines.cli.speech import say
from xuanpin.pipelines.engine import EngineError
from xuanpin.pipelines.errors import NothingPublished, UsageError, XuanpinError
from xuanpin.pipelines.typed.paths import plain_reason
from xuanpin.pipelines.typed.shown import brief, shown

app = typer.Typer(
    name="xuanpin",
    help="Choose tomorrow's SKUs and give every agent the ones she can recommend with confidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
FAMILIES = (
    night,
    check,
    publishing,
    overrides,
    planning,
    comparing,
    desk,
    answers,
    outbox,
    retention,
    migration,
    inspect,
    backtest,
)
for family in FAMILIES:
    app.add_typer(family.app)
app.add_typer(labels.app, name="label")


def print_version(is_asked: bool) -> None:
    """Print the version of the installed package and leave, where the option `is_asked` for."""
    if is_asked:
        say(f"xuanpin {version('xuanpin')}")
        raise typer.Exit


VersionOption = Annotated[
    bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and exit.")
]


@app.callback()
def common_options(is_version_asked: VersionOption = False) -> None:
    """Take the options that precede any verb; each acts in its own callback.

    `is_version_asked`: see print_version.
    """


def run() -> None:
    """Run the command line; a failure a user can act on prints one message and leaves with its exit code."""
    # A line of the log that cannot be written, as on a full disk, must not fill the terminal.
    logging.raiseExceptions = False
    try:
        code = app(prog_name="xuanpin", standalone_mode=False)
        sys.stdout.flush()
        if code:
            # A verb that says all by itself, such as check, leaves so.
            sys.exit(code)
    except NothingPublished as outcome:
        # Not an error in the input: standard output shows what readers see now.
        say(str(outcome))
        sys.exit(outcome.exit_code)
    except XuanpinError as error:
        _print_error(str(error))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        end_quietly()
    except UnicodeEncodeError:
        if sys.getfilesystemencoding() == "utf-8":
            raise
        _print_error(
            "a path with Chinese characters cannot be used under the language settings of this terminal; set "
            "LC_ALL=C.UTF-8 and run the same command again"
        )
        sys.exit(UsageError.exit_code)
    except OSError as error:
        # A full disk or a missing permission; readers still see what they saw, because pointers change last.
        _print_error(f"{error.filename or 'a file'} cannot be written or read: {plain_reason(error)}")
        sys.exit(1)
    except EngineError as error:
        # What the engine says may quote a row.
        _print_error(
            f"the warehouse could not be read or written ({type(error).__name__}); check that the disk has space and "
            "can be written to, and run the same command again"
        )
        sys.exit(1)
    except typer.Abort:
        sys.exit(130)
    except typer.TyperException as error:
        # A group without a verb has printed its help; there is nothing to add.
        if error.format_message():
            _print_error(f"{_sentence(error.format_message())} See `{_command(error)} --help`.")
        sys.exit(UsageError.exit_code)


def _command(error: typer.TyperException) -> str:
    """Return the command in which the line went wrong, as it is typed."""
    context = getattr(error, "ctx", None)
    return context.command_path if context else "xuanpin"


def _sentence(text: str) -> str:
    """Return the library's message as a sentence, without the name of the class that checked the value."""
    plain = text.replace("Value error, ", "").strip()
    return plain if plain.endswith((".", "?", "!")) else f"{plain}."


def _print_error(message: str) -> None:
    Console(stderr=True, soft_wrap=True).print(
        f"xuanpin: {brief(shown(message))}", style="red", markup=False, highlight=False
    )
