"""The verb that looks at a folder of foreign exports and writes the settings that read them."""

from __future__ import annotations

import logging
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xuanpin.pipelines.cli.language import spoken
from xuanpin.pipelines.cli.options import JsonOption, show
from xuanpin.pipelines.cli.progress import ProgressOption, at_work
from xuanpin.pipelines.cli.speech import say
from xuanpin.pipelines.context import BEIJING
from xuanpin.pipelines.errors import InputRefused, UsageError
from xuanpin.pipelines.typed.phrase import phrase

if TYPE_CHECKING:
    from xuanpin.pipelines.connect.connection import Connection
    from xuanpin.pipelines.connect.understanding import Understanding

app = typer.Typer()


@app.command()
def connect(
    folder: Annotated[Path, typer.Argument(help="Folder of a platform's exports.")],
    to: Annotated[Path, typer.Option("--to", help="Folder for xuanpin.toml and its views.")] = Path("."),
    is_trusting: Annotated[
        bool, typer.Option("--yes", help="Take every proposal, leave out what has none, and say so.")
    ] = False,
    answers: Annotated[
        Path | None, typer.Option("--answers", help="File of answers, as written where nobody can be asked.")
    ] = None,
    is_replacing: Annotated[
        bool, typer.Option("--force", help="Replace settings that are there; keep them as .bak.")
    ] = False,
    as_json: JsonOption = False,
    progress: ProgressOption = "auto",
) -> None:
    """Look at exports of any platform, ask what is not sure, and write the settings by which nights read them.

    Exit code 2 where questions are left open, 3 where a night would refuse the exports.
    """
    from xuanpin.pipelines.connect.answer_files import read_answers, write_questions
    from xuanpin.pipelines.connect.connection import connection
    from xuanpin.pipelines.connect.recognition import recognise
    from xuanpin.pipelines.connect.telling import details, facts, missing_text, overview, taken_text, written_text
    from xuanpin.pipelines.connect.understanding import checked, understand, write
    from xuanpin.pipelines.explained.check import check_text

    # What is told is printed below.
    logging.getLogger("xuanpin").addHandler(logging.NullHandler())
    given = read_answers(answers) if answers else {}
    with at_work(phrase("look at the exports"), progress):
        found = connection(folder.expanduser(), recognise)
        understanding = understand(found, given, is_trusting=is_trusting)
    if not as_json:
        say(overview(found, understanding))
    if understanding.questions and not as_json and sys.stdin.isatty():
        understanding = _asked(found, given, understanding)
    if understanding.questions:
        if as_json:
            show(facts(found, understanding), "", as_json)
        raise _open_questions(write_questions(understanding.questions, to.expanduser(), spoken()), understanding)
    files = write(found, understanding, to.expanduser(), spoken(), is_replacing=is_replacing)
    with at_work(phrase("check of the drops"), progress):
        written = checked(found, files, datetime.now(BEIJING))
    if not as_json:
        for text in (details(understanding), taken_text(understanding), missing_text(understanding)):
            if text:
                say(text)
    show(facts(found, understanding, written), written_text(found, written, check_text(list(written.found))), as_json)
    if any(entry.refusals for entry in written.found):
        raise typer.Exit(InputRefused.exit_code)


def _open_questions(file: Path, understanding: Understanding) -> UsageError:
    return UsageError(
        phrase(
            "{count} questions are open; answer them in {file} and run the same command with --answers {file}, or "
            "take the proposals with --yes",
            count=len(understanding.questions),
            file=file,
        )
    )


def _asked(found: Connection, given: dict[str, str], understanding: Understanding) -> Understanding:
    """Ask one question after the other; an answer may raise new ones."""
    from xuanpin.pipelines.connect.telling import question_text
    from xuanpin.pipelines.connect.understanding import understand

    answers, number = dict(given), 0
    while understanding.questions:
        question, number = understanding.questions[0], number + 1
        say(question_text(question, number, number + len(understanding.questions) - 1))
        values = [choice.value for choice in question.choices]
        default = values.index(question.proposal) + 1 if question.proposal in values else None
        place = typer.prompt("", type=int, default=default, prompt_suffix="> ")
        if 1 <= place <= len(values):
            answers[question.key] = values[place - 1]
        understanding = understand(found, answers)
    return understanding
