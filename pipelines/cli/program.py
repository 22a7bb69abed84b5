"""The program behind `xuanpin …`: one function a verb, by family; the scheduler runs nights through the same module."""

from __future__ import annotations

import logging
import os
import sys
from typing import Annotated

import typer

from xuanpin.pipelines.cli import (
    answers,
    backtest,
    check,
    comparing,
    connect,
    delivering,
    desk,
    inspect,
    labels,
    links,
    migration,
    night,
    outbox,
    overrides,
    planning,
    publishing,
    retention,
)
from xuanpin.pipelines.cli.interruption import ENDED_BY, end_quietly, end_with
from xuanpin.pipelines.cli.language import LanguageOption, asked_language, speak, spoken, told
from xuanpin.pipelines.cli.speech import say
from xuanpin.pipelines.cli.usage_faults import usage_fault
from xuanpin.pipelines.cli.verbs import Program
from xuanpin.pipelines.engine import EngineError
from xuanpin.pipelines.errors import NothingPublished, UsageError, XuanpinError
from xuanpin.pipelines.typed.paths import plain_reason
from xuanpin.pipelines.typed.phrase import Phrase, phrase
from xuanpin.pipelines.typed.shown import brief, shown

app = typer.Typer(
    name="xuanpin",
    help="Choose tomorrow's SKUs and give every agent the ones she can recommend with confidence.",
    cls=Program,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
FAMILIES = (
    night,
    connect,
    check,
    publishing,
    delivering,
    overrides,
    planning,
    comparing,
    desk,
    answers,
    links,
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
        from importlib.metadata import version

        say(f"xuanpin {version('xuanpin')}")
        raise typer.Exit


VersionOption = Annotated[
    bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and exit.")
]


@app.callback()
def common_options(is_version_asked: VersionOption = False, language: LanguageOption = None) -> None:
    """Take the options that precede any verb; each acts in its own callback.

    `is_version_asked`: see print_version. `language`: see asked_language.
    """


def run() -> None:
    """Run the command line; a failure a user can act on prints one message and leaves with its exit code."""
    # A line of the log that cannot be written, as on a full disk, must not fill the terminal.
    logging.raiseExceptions = False
    speak(asked_language(sys.argv[1:], os.environ))
    if spoken() == "zh":
        end_with({number: _ending(name) for number, name in ENDED_BY.items()})
    try:
        code = app(prog_name="xuanpin", standalone_mode=False)
        sys.stdout.flush()
        if code:
            # A verb that says all by itself, such as check, leaves so.
            sys.exit(code)
    except NothingPublished as outcome:
        # Not an error in the input: standard output shows what readers see now.
        say(outcome)
        sys.exit(outcome.exit_code)
    except XuanpinError as error:
        _print_error(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        end_quietly()
    except UnicodeEncodeError:
        if sys.getfilesystemencoding() == "utf-8":
            raise
        _print_error(
            phrase(
                "a path with Chinese characters cannot be used under the language settings of this terminal; set "
                "LC_ALL=C.UTF-8 and run the same command again"
            )
        )
        sys.exit(UsageError.exit_code)
    except OSError as error:
        # A full disk or a missing permission; readers still see what they saw, because pointers change last.
        _print_error(
            phrase(
                "{path} cannot be written or read: {reason}",
                path=error.filename or phrase("a file"),
                reason=plain_reason(error),
            )
        )
        sys.exit(1)
    except EngineError as error:
        # What the engine says may quote a row.
        _print_error(
            phrase(
                "the warehouse could not be read or written ({error_class}); check that the disk has space and can be "
                "written to, and run the same command again",
                error_class=error.kind,
            )
        )
        sys.exit(1)
    except typer.Abort:
        sys.exit(130)
    except typer.TyperException as error:
        # A group without a verb has printed its help; there is nothing to add.
        if error.format_message():
            _print_error(_mistyped(error))
        sys.exit(UsageError.exit_code)


def _ending(name: str) -> str:
    """Return what a command says that the signal called `name` ends; its English line stands in interruption."""
    return told(phrase("ended by {signal}; nothing is lost, run the same command again", signal=name))


def _mistyped(error: typer.TyperException) -> Phrase:
    """Say what is wrong with a command line, and which help to read."""
    problem = usage_fault(error.format_message())
    return phrase(
        "{problem} See `{command} --help`." if problem.endswith("?") else "{problem}. See `{command} --help`.",
        problem=problem,
        command=_command(error),
    )


def _command(error: typer.TyperException) -> str:
    """Return the command in which the line went wrong, as it is typed."""
    context = getattr(error, "ctx", None)
    return context.command_path if context else "xuanpin"


def _print_error(message: Phrase | XuanpinError) -> None:
    from rich.console import Console

    Console(stderr=True, soft_wrap=True).print(
        f"xuanpin: {brief(shown(told(message)))}", style="red", markup=False, highlight=False
    )
