"""Writes open questions as a TOML file that a person or a program fills in, and reads the answers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from xuanpin.pipelines.connect.questions import Question
from xuanpin.pipelines.connect.settings_text import comment, quoted_text
from xuanpin.pipelines.connect.understanding import Understanding
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.paths import WRITTEN, named_path
from xuanpin.pipelines.typed.phrase import Language, Phrase, as_is, joined, phrase
from xuanpin.pipelines.typed.texts import decoded, read_bytes

QUESTIONS_FILE = "questions.toml"
_WHAT = phrase("the file of answers")
_REMEDY = phrase("check the path given to --answers")


def write_questions(understanding: Understanding, given: Mapping[str, str], to: Path, language: Language) -> Path:
    """Write what is asked to the folder `to`, each question with its choices in `language`, open ones first.

    The answers that were `given` stand in it too, and proposals where there are none: one file answers all.
    """
    file = to / QUESTIONS_FILE
    head = phrase(
        "Write one of the choices behind each question; then: xuanpin connect DIR --answers {file}", file=file.name
    )
    answered = [question for key, question in understanding.asked.items() if given.get(key)]
    questions = dict.fromkeys([*understanding.questions, *answered])
    entries = [_entry(question, given.get(question.key) or question.proposal or "", language) for question in questions]
    text = "\n\n".join([comment(head, language), *entries])
    with named_path(
        phrase("the questions"), file, phrase("name a folder that can be written with --to"), doing=WRITTEN
    ):
        to.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8")
    return file


def _entry(question: Question, answer: str, language: Language) -> str:
    choices: list[Phrase] = [
        phrase("{value}: {meaning}", value=choice.value, meaning=choice.means) for choice in question.choices
    ]
    samples = [as_is(" · ".join(question.samples))] if question.samples else []
    lines = [comment(line, language) for line in (question.text, *samples, joined(choices, "; "))]
    return "\n".join([*lines, f"{quoted_text(question.key)} = {quoted_text(answer)}"])


def read_answers(file: Path) -> dict[str, str]:
    """Return the answers in a file by the key of their question; an empty one is none.

    Raises UsageError where it cannot be read, is no TOML, or has anything but texts.
    """
    text = decoded(_WHAT, file, read_bytes(_WHAT, file, _REMEDY))
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            phrase("{what} {path} is not valid TOML: {fault}", what=_WHAT, path=file, fault=as_is(error))
        ) from error
    for key, value in found.items():
        if not isinstance(value, str):
            raise UsageError(phrase('{path}: the answer to "{key}" is no text; write it in quotes', path=file, key=key))
    return {key: value for key, value in found.items() if value}
