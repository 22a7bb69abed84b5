"""Puts together what workers noted of single files, as if one program had read them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.errors import InputRefused, UsageError
from xuanpin.pipelines.ingest.damaged_files import ReadAborted
from xuanpin.pipelines.ingest.damaged_ids import Damages
from xuanpin.pipelines.ingest.drops import Drop
from xuanpin.pipelines.ingest.file_facts import FileFacts
from xuanpin.pipelines.ingest.incoming import is_read_singly, translated
from xuanpin.pipelines.ingest.mapping import TableMapping
from xuanpin.pipelines.ingest.notes import Notes, Stage

_File = tuple[Drop, FileFacts]


def merge_notes(mapping: TableMapping, drops: Sequence[Drop], found: Sequence[FileFacts], notes: Notes) -> None:
    """Add to `notes` what was noted of each of the `drops`, whose facts are `found`, stage by stage.

    Raises ReadAborted for a file that could not be read to its end, UsageError where the mapping does not fit.
    """
    files = list(zip(drops, found, strict=True))
    by_path = sorted(files, key=lambda file: file[0].path)
    for facts in found:
        notes.told.update(facts.notes.told)
        notes.archives += facts.notes.archives
        notes.other_sheets += facts.notes.other_sheets
    _refuse(notes, files, Stage.OPEN)
    for group in _groups(mapping, files):
        _translate(mapping, group, notes)
    _refuse(notes, files, Stage.OPEN_WITH_CARE)
    _refuse(notes, by_path, Stage.READ_WITH_CARE)
    _refuse(notes, files, Stage.COMPARE)
    _refuse(notes, by_path, Stage.JUDGE)


def merged_damages(contract: Contract, found: Sequence[FileFacts]) -> Damages:
    """Return the damages in all files that were `found`, by column; those of a column in the order of the paths."""
    files = sorted(found, key=lambda facts: facts.path)
    merged = {
        column.name: [counts for facts in files for counts in facts.damages.get(column.name, ())]
        for column in contract.columns
    }
    return {name: counts for name, counts in merged.items() if counts}


def _groups(mapping: TableMapping, files: Iterable[_File]) -> Iterator[list[_File]]:
    """Yield the files that could be opened, those of one shape together."""
    opened = [(drop, facts) for drop, facts in files if facts.shape is not None or facts.failure is not None]
    if is_read_singly(mapping):
        yield from ([file] for file in opened)
        return
    ordered = sorted(opened, key=lambda file: (repr(file[1].shape), file[0].path))
    yield from (list(group) for _, group in groupby(ordered, key=lambda file: file[1].shape))


def _translate(mapping: TableMapping, group: Sequence[_File], notes: Notes) -> None:
    """Note what files of one shape lack, or have and nothing reads."""
    for _, facts in group:
        if facts.misfit is not None:
            raise UsageError(facts.misfit)
        if facts.aborted is not None:
            raise ReadAborted(facts.aborted)
    columns = group[0][1].columns
    try:
        if mapping.view is None:
            translated(mapping, columns, [drop for drop, _ in group], [name for name, _ in columns], notes)
    except InputRefused as error:
        # Of all files together; each by itself was refused for the same.
        notes.refuse(error)
    else:
        _refuse(notes, group, Stage.READ)


def _refuse(notes: Notes, files: Iterable[_File], stage: Stage) -> None:
    notes.stage = stage
    for _, facts in files:
        for refusal, refused_at in zip(facts.notes.refusals, facts.notes.refused_at, strict=True):
            if refused_at is stage:
                notes.refuse(InputRefused(refusal))
