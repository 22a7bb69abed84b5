"""The verb that looks at a folder of foreign exports and writes the settings that read them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xuanpin.pipelines.cli.language import spoken, told
from xuanpin.pipelines.cli.options import JsonOption, show
from xuanpin.pipelines.cli.progress import ProgressOption, at_work
from xuanpin.pipelines.cli.speech import say
from xuanpin.pipelines.context import BEIJING
from xuanpin.pipelines.errors import InputRefused, UsageError
from xuanpin.pipelines.typed.phrase import joined, phrase

if TYPE_CHECKING:
    from xuanpin.pipelines.connect.connection import Connection
    from xuanpin.pipelines.connect.questions import Question
    from xuanpin.pipelines.connect.understanding import Understanding, Written

app = typer.Typer()
HOME = "home"
"""The folder beside the settings in which a first night that is offered keeps everything."""


@app.command()
def connect(
    folder: Annotated[Path, typer.Argument(help="Folder of a platform's exports.")],
    to: Annotated[Path, typer.Option("--to", help="Folder for xuanpin.toml and its views.")] = Path("."),
    is_trusting: Annotated[
        bool, typer.Option("--yes", help="Accept every proposal, leave out what has none, and list both.")
    ] = False,
    answers: Annotated[
        Path | None,
        typer.Option("--answers", help="File with the questions answered, as `connect` writes it without a terminal."),
    ] = None,
    is_replacing: Annotated[
        bool, typer.Option("--force", help="Replace settings that are there; keep them as .bak.")
    ] = False,
    as_json: JsonOption = False,
    progress: ProgressOption = "auto",
) -> None:
    """Recognise exports of any platform, ask where unsure, and write the settings by which nights read them.

    Exit code 2 if questions are left open, 3 if a night would refuse the exports.
    """
    from xuanpin.pipelines.connect.answer_files import read_answers
    from xuanpin.pipelines.connect.connection import connection
    from xuanpin.pipelines.connect.recognition.recognising import recognise
    from xuanpin.pipelines.connect.telling import facts, overview
    from xuanpin.pipelines.connect.understanding import checked, understand, write

    # What is told is printed below.
    logging.getLogger("xuanpin").addHandler(logging.NullHandler())
    given, place = read_answers(answers) if answers else {}, to.expanduser()
    is_asking = not as_json and can_ask()
    with at_work(phrase("look at the exports"), progress):
        found = connection(folder.expanduser(), recognise)
        understanding = understand(found, given, is_trusting=is_trusting)
    if not as_json:
        say(overview(found, understanding))
    if understanding.questions and is_asking:
        understanding = _asked(found, given, understanding)
    if understanding.questions:
        if as_json:
            show(facts(found, understanding), "", as_json)
        raise _open_questions(understanding, given, place)
    files = write(found, understanding, place, spoken(), is_replacing=is_replacing)
    with at_work(phrase("check of the drops"), progress):
        written = checked(found, files, datetime.now(BEIJING))
    _show(found, understanding, written, as_json)
    if any(entry.refusals for entry in written.found):
        raise typer.Exit(InputRefused.exit_code)
    if is_asking and written.as_of is not None and not written.key_variable:
        _offer_night(found, written, place / HOME)


def can_ask() -> bool:
    """Tell whether somebody sits before this process who can be asked."""
    return sys.stdin.isatty()


def _show(found: Connection, understanding: Understanding, written: Written, as_json: bool) -> None:
    from xuanpin.pipelines.connect.telling import details, facts, missing_text, taken_text, written_text
    from xuanpin.pipelines.explained.check import check_text

    parts = (
        details(understanding),
        taken_text(understanding),
        missing_text(understanding),
        written_text(found, written, check_text(list(written.found))),
    )
    show(facts(found, understanding, written), joined(parts, "\n"), as_json)


def _open_questions(understanding: Understanding, given: Mapping[str, str], place: Path) -> UsageError:
    from xuanpin.pipelines.connect.answer_files import write_questions

    file = write_questions(understanding, given, place, spoken())
    return UsageError(
        phrase(
            "{count} questions are open; answer in {file} and run the same command with --answers {file}, or "
            "take the proposals with --yes",
            count=len(understanding.questions),
            file=file,
        )
    )


def _asked(found: Connection, given: Mapping[str, str], understanding: Understanding) -> Understanding:
    """Ask one question after the other; an answer may raise new ones."""
    from xuanpin.pipelines.connect.telling import question_text
    from xuanpin.pipelines.connect.understanding import understand

    answers = dict(given)
    while understanding.questions:
        question, number = understanding.questions[0], len(answers) - len(given) + 1
        say(question_text(question, number, number + len(understanding.questions) - 1))
        answers[question.key] = _answer(question)
        understanding = understand(found, answers)
    return understanding


def _answer(question: Question) -> str:
    """Read the number of a choice until it is one; nothing but a line end is the proposal."""
    values = [choice.value for choice in question.choices]
    proposed = values.index(question.proposal) + 1 if question.proposal in values else None
    while True:
        number: int = typer.prompt(told(phrase("number")), type=int, default=proposed)
        if 1 <= number <= len(values):
            return values[number - 1]


def _offer_night(found: Connection, written: Written, home: Path) -> None:
    """Run the first night, where somebody says yes; the command for it stands above."""
    from xuanpin.pipelines.cli.night import nightly

    if typer.confirm(told(phrase("run this first night now, with everything it keeps in {home}?", home=home))):
        nightly(str(written.as_of), home, found.folder, written.files[0])
