"""Questions that connecting asks, and the answers to them; nobody guesses in silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

LEAVE_OUT = "leave_out"
"""The answer that leaves a file, a column or a word out."""


@dataclass(frozen=True)
class Choice:
    """One possible answer: the `value` that answers and programs write, and what it `means` for a person."""

    value: str
    means: Phrase


@dataclass(frozen=True)
class Question:
    """What is not sure: its `key` in answers, the question's `text`, masked `samples`, and the `choices`.

    `proposal` is the value of the likely choice, None where there is none.
    """

    key: str
    text: Phrase
    samples: tuple[str, ...]
    choices: tuple[Choice, ...]
    proposal: str | None = None


@dataclass
class Asking:
    """Answers that were given, by key, and the questions that are still `unanswered`.

    `is_trusting` takes the proposal of each question that has one, and leaves out what has none; what it took is in
    `taken`. All questions are in `asked`, by key.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    is_trusting: bool = False
    unanswered: list[Question] = field(default_factory=list)
    taken: dict[str, str] = field(default_factory=dict)
    asked: dict[str, Question] = field(default_factory=dict)

    def ask(self, question: Question) -> str | None:
        """Return the value that answers a question; None where nobody has answered yet.

        Raises UsageError for an answer that is none of the choices.
        """
        self.asked[question.key] = question
        answer = self.answers.get(question.key, "")
        if answer:
            return _valid(question, answer)
        if self.is_trusting:
            self.taken[question.key] = question.proposal or LEAVE_OUT
            return self.taken[question.key]
        self.unanswered.append(question)
        return None


def leave_out(what: Phrase) -> Choice:
    """Return the choice that leaves out `what`."""
    return Choice(LEAVE_OUT, what)


def refuse_unknown(answers: Mapping[str, str], asked: Mapping[str, Question]) -> None:
    """Raise UsageError for answers to what nobody `asked`, as to a file that is no longer there."""
    unknown = [key for key, value in answers.items() if value and key not in asked]
    if unknown:
        raise UsageError(
            phrase(
                "nobody asked {keys}; ask anew with `xuanpin connect` and answer what it writes",
                keys=joined([f'"{key}"' for key in unknown[:3]]),
            )
        )


def _valid(question: Question, answer: str) -> str:
    values = [choice.value for choice in question.choices]
    if answer not in values:
        raise UsageError(
            phrase(
                'the answer "{answer}" to "{key}" is none of its choices; write one of {values}',
                answer=answer,
                key=question.key,
                values=joined(values),
            )
        )
    return answer


def numbered(choices: Sequence[Choice]) -> list[tuple[int, Choice]]:
    """Return the choices with the numbers by which a person answers, from 1 on."""
    return list(enumerate(choices, start=1))
