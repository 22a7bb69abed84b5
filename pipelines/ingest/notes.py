"""What ingest reports about the files of a source table, beside its rows."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.typed.phrase import Joined, Phrase, joined, phrase
from xuanpin.pipelines.typed.plurals import filled

log = logging.getLogger("xuanpin.ingest")

NOTHING_KEPT = phrase("Nothing of this night was kept")
_MOST_TOLD, _EXAMPLES = 20, 3


class Stage(IntEnum):
    """What is done with all files of a table in turn, each by each."""

    OPEN = 0
    READ = 1
    OPEN_WITH_CARE = 2
    READ_WITH_CARE = 3
    COMPARE = 4
    JUDGE = 5


@dataclass
class Notes:
    """What became of the files of one table.

    Names of files: `passed_over`, or `unfinished` because they are still being written. `refusals`: the messages of the
    files that were refused. `told`: rows that are not data, by kind. `other_sheets`: sheets of workbooks that are not
    read. `ignored`: header that nothing reads → a file that has it; `suggested`: such a header → the column that it may
    be meant for. `warned`: by kind, what is accepted and should be corrected where the file is made. `archives`: files
    that are archives of chats. `stage` is what is being done with the files, `refused_at` the stage of each refusal.
    """

    table: str
    passed_over: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    refusals: list[Phrase] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    other_sheets: list[str] = field(default_factory=list)
    ignored: dict[str, str] = field(default_factory=dict)
    suggested: dict[str, str] = field(default_factory=dict)
    warned: dict[str, list[Phrase]] = field(default_factory=dict)
    archives: list[str] = field(default_factory=list)
    stage: Stage = Stage.OPEN
    refused_at: list[Stage] = field(default_factory=list)

    def warn(self, kind: str, sentence: Phrase) -> None:
        """Note and log a `sentence` on what is accepted and should be corrected; `kind` names it for programs."""
        self.warned.setdefault(kind, []).append(sentence)
        log.warning("%s: %s", self.table, sentence)

    def refuse(self, error: InputRefused) -> None:
        """Note the message of `error`, so that other refusals are found before the night stops."""
        self.refusals.append(problem_alone(error))
        self.refused_at.append(self.stage)

    def report(self) -> None:
        """Log a line for each kind of file that is there and is not read."""
        self._log(logging.INFO, "{n} files are skipped, not being drops", self.passed_over)
        self._log(logging.WARNING, "{n} files are still being written and left for the next night", self.unfinished)

    def report_rows(self) -> None:
        """Log a line for each kind of thing within files that is not read."""
        self._log(logging.WARNING, "{n} sheets are not read: only one sheet of a workbook is", self.other_sheets)
        for what, count in sorted(self.told.items()):
            log.info("%s: skipped as no rows of data: %s (%d)", self.table, what, count)
        if self.ignored:
            place = examples(dict.fromkeys(self.ignored.values()))
            log.info("%s: columns ignored in drops such as %s: %s", self.table, place, ", ".join(self.ignored))

    def _log(self, level: int, what: str, names: list[str]) -> None:
        if names:
            log.log(level, "%s: %s, such as %s", self.table, filled(what, {"n": len(names)}), examples(names))


def examples(names: Iterable[str]) -> Phrase:
    """Write the first three of the `names`."""
    return joined(list(names)[:_EXAMPLES])


def nothing_kept(problem: Phrase) -> InputRefused:
    """Return the error for a `problem` for which a night keeps nothing."""
    return InputRefused(joined((problem, NOTHING_KEPT), ". "))


def problem_alone(error: InputRefused) -> Phrase:
    """Return the message of an `error` without the remark that nothing was kept."""
    said: Phrase = error.args[0]
    parts = said.parts if isinstance(said, Joined) else (said,)
    return joined([part for part in parts if part != NOTHING_KEPT], ". ")


def reason_alone(refusal: Phrase) -> Phrase:
    """Return a `refusal` without the name of the file, which is reported beside it."""
    first = refusal.parts[0] if isinstance(refusal, Joined) else refusal
    if isinstance(first, Phrase) and {"problem", "remedy"} <= first.values.keys():
        return phrase("{problem}; {remedy}", problem=first.values["problem"], remedy=first.values["remedy"])
    return refusal


def kept_sentence(kept: int) -> Phrase:
    """Say what a refusal leaves in place: nothing, or the `kept` files of earlier parts of the same night."""
    return (
        phrase("{kept} files that were read before stay; nothing else of this night was kept", kept=kept)
        if kept
        else NOTHING_KEPT
    )


def refuse_all(notes: Iterable[Notes], kept: Phrase = NOTHING_KEPT) -> None:
    """Raise one InputRefused for everything that was refused, where anything was; `kept` is its last sentence."""
    refusals = list(dict.fromkeys(refusal for note in notes for refusal in note.refusals))
    if not refusals:
        return
    if len(refusals) == 1:
        raise InputRefused(joined((refusals[0], kept), ". "))
    numbered = [
        phrase("({number}) {refusal}", number=number, refusal=refusal)
        for number, refusal in enumerate(refusals[:_MOST_TOLD], start=1)
    ]
    more = phrase("; and {count} more", count=len(refusals) - _MOST_TOLD) if len(refusals) > _MOST_TOLD else ""
    raise InputRefused(
        phrase(
            "{count} things are wrong: {numbered}{more}. {kept}",
            count=len(refusals),
            numbered=joined(numbered, "; "),
            more=more,
            kept=kept,
        )
    )
