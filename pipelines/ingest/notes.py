"""What ingest reports about the files of a source table, beside its rows."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from xuanpin.pipelines.errors import InputRefused

log = logging.getLogger("xuanpin.ingest")

NOTHING_KEPT = "Nothing of this night was kept"
_MOST_TOLD, _EXAMPLES = 20, 3


@dataclass
class Notes:
    """What became of the files of one table.

    Names of files: `passed_over`, or `unfinished` because they are still being written. `refusals`: the messages of the
    files that were refused. `told`: rows that are not data, by kind. `other_sheets`: sheets of workbooks that are not
    read. `ignored`: header that nothing reads → a file that has it; `suggested`: such a header → the column that it may
    be meant for. `warned`: by kind, what is accepted and should be corrected where the file is made.
    """

    table: str
    passed_over: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    other_sheets: list[str] = field(default_factory=list)
    ignored: dict[str, str] = field(default_factory=dict)
    suggested: dict[str, str] = field(default_factory=dict)
    warned: dict[str, list[str]] = field(default_factory=dict)

    def warn(self, kind: str, sentence: str) -> None:
        """Note and log a `sentence` on what is accepted and should be corrected; `kind` names it for programs."""
        self.warned.setdefault(kind, []).append(sentence)
        log.warning("%s: %s", self.table, sentence)

    def refuse(self, error: InputRefused) -> None:
        """Note the message of `error`, so that other refusals are found before the night stops."""
        self.refusals.append(str(error).removesuffix(NOTHING_KEPT).rstrip(". "))

    def report(self) -> None:
        """Log a line for each kind of file that is there and is not read."""
        self._log(logging.INFO, "files are skipped: they are not drops", self.passed_over)
        self._log(logging.WARNING, "files are still being written and left for the next night", self.unfinished)

    def report_rows(self) -> None:
        """Log a line for each kind of thing within files that is not read."""
        self._log(logging.WARNING, "sheets are not read: only one sheet of a workbook is", self.other_sheets)
        for what, count in sorted(self.told.items()):
            log.info("%s: %d %s are skipped: they are not rows of data", self.table, count, what)
        if self.ignored:
            place = examples(dict.fromkeys(self.ignored.values()))
            log.info("%s: columns ignored in drops such as %s: %s", self.table, place, ", ".join(self.ignored))

    def _log(self, level: int, what: str, names: list[str]) -> None:
        if names:
            log.log(level, "%s: %d %s, such as %s", self.table, len(names), what, examples(names))


def examples(names: Iterable[str]) -> str:
    """Write the first three of the `names`."""
    return ", ".join(list(names)[:_EXAMPLES])


def kept_sentence(kept: int) -> str:
    """Say what a refusal leaves in place: nothing, or the `kept` files of earlier parts of the same night."""
    return f"{kept} files that were read before stay; nothing else of this night was kept" if kept else NOTHING_KEPT


def refuse_all(notes: Iterable[Notes], kept: str = NOTHING_KEPT) -> None:
    """Raise one InputRefused for everything that was refused, where anything was; `kept` is its last sentence."""
    refusals = list(dict.fromkeys(refusal for note in notes for refusal in note.refusals))
    if not refusals:
        return
    if len(refusals) == 1:
        raise InputRefused(f"{refusals[0]}. {kept}")
    numbered = [f"({number}) {refusal}" for number, refusal in enumerate(refusals[:_MOST_TOLD], start=1)]
    more = f"; and {len(refusals) - _MOST_TOLD} more" if len(refusals) > _MOST_TOLD else ""
    raise InputRefused(f"{len(refusals)} things are wrong: {'; '.join(numbered)}{more}. {kept}")
