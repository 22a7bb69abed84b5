"""What a folder of exports holds, as far as looking tells: exports of one shape together, and what each may mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from xuanpin.pipelines.connect.file_names import reads_of
from xuanpin.pipelines.connect.findings import Export, TableFinding
from xuanpin.pipelines.connect.joining import joined_kinds
from xuanpin.pipelines.connect.look import SAMPLED, Looked, Unread, look
from xuanpin.pipelines.ingest.formats.chats.families import COMMENTS, NOTES
from xuanpin.pipelines.ingest.formats.chats.recognition import ChatArchive
from xuanpin.pipelines.ingest.places import ANY, OR, name_matches
from xuanpin.pipelines.typed.phrase import phrase

Recogniser = Callable[[Sequence[Export]], tuple[TableFinding, ...]]


@dataclass(frozen=True)
class Group:
    """Exports that have the same headers, but for some that nothing reads: the drops of one table, if they are any's.

    `reads` is what settings say to find them and nothing else; `sheet` likewise, empty where the workbook has one.
    `places` are the files; `layouts` what settings must accept of them, and `typed` the headers whose values are no
    texts. `finding` is what the rows of all of them together mean. `rooms` are those of an archive of chats, None for
    any other file, and `room_names` what those are called that have another name; `archives` are what they are.
    """

    reads: str
    sheet: str
    places: tuple[str, ...]
    layouts: tuple[str, ...]
    finding: TableFinding
    typed: frozenset[str] = frozenset()
    rooms: tuple[str, ...] | None = None
    room_names: tuple[tuple[str, str], ...] = ()
    archives: tuple[ChatArchive, ...] = ()

    @property
    def key(self) -> str:
        """The name by which questions and people call it."""
        return f"{self.reads} [{self.sheet}]" if self.sheet else self.reads

    @property
    def export(self) -> Export:
        """The headers and the sample of rows."""
        return self.finding.export


@dataclass(frozen=True)
class Connection:
    """The `groups` of exports found below a `folder`, and the files and sheets that cannot be read."""

    folder: Path
    groups: tuple[Group, ...]
    unread: tuple[Unread, ...]


def connection(folder: Path, recognise: Recogniser) -> Connection:
    """Look at all files below `folder` and let `recognise` say what they are; nothing is asked and nothing written.

    Raises UsageError where there is no such folder.
    """
    looked, unread = look(folder)
    kinds = _kinds(looked)
    findings = _findings(kinds, recognise)
    joined = joined_kinds(kinds, findings, [_sheet_mark(kind[0], looked) for kind in kinds])
    if len(joined) < len(kinds):
        kinds, findings = joined, _findings(joined, recognise)
    unread_places = {file.place for file in unread}
    groups = [_group(kind, finding, looked, unread_places) for kind, finding in zip(kinds, findings, strict=True)]
    return Connection(folder, tuple(groups), tuple(unread))


def archives_together(groups: Sequence[Group]) -> list[Group]:
    """Return the groups with all archives of chats as one: each is known by what it is, and no view stands between."""
    archives = [group for group in groups if group.rooms is not None]
    others = [group for group in groups if group.rooms is None]
    if len(archives) < 2:
        return list(groups)
    first = archives[0]
    export = replace(first.export, row_count=sum(group.export.row_count for group in archives))
    joined_up = replace(
        first,
        reads=OR.join(group.reads for group in archives),
        places=tuple(place for group in archives for place in group.places),
        finding=replace(first.finding, export=export),
        rooms=tuple(dict.fromkeys(room for group in archives for room in group.rooms or ())),
    )
    return [joined_up, *others]


def _findings(kinds: Sequence[Sequence[Looked]], recognise: Recogniser) -> list[TableFinding]:
    """Let the kinds be recognised that are no archives of chats, which are known by what they are."""
    tables = [kind for kind in kinds if kind[0].archive is None]
    recognised = iter(recognise([_together(kind) for kind in tables]))
    return [
        next(recognised) if (archive := kind[0].archive) is None else _as_archive(kind, archive.family)
        for kind in kinds
    ]


_CONTENT = {
    NOTES: phrase("notes of a content platform are posts of their authors"),
    COMMENTS: phrase("comments are messages that answer their note"),
}


def _as_archive(kind: Sequence[Looked], family: str) -> TableFinding:
    said = phrase("it is an archive of chats, as {family} writes them", family=family)
    why = _CONTENT.get(family, said)
    return TableFinding(_together(kind), "chat_messages", "sure", why)


def _kinds(looked: Sequence[Looked]) -> list[list[Looked]]:
    """Part tables by their headers and their sheets."""
    kinds: dict[tuple[object, ...], list[Looked]] = {}
    for found in looked:
        family = found.archive and found.archive.family
        kinds.setdefault((found.export.headers, _sheet_mark(found, looked), family), []).append(found)
    return list(kinds.values())


def _sheet_mark(found: Looked, looked: Iterable[Looked]) -> str:
    """Return the sheet of a workbook that settings must name: none where it has one, without days where they differ."""
    sheets = {other.export.sheet for other in looked if other.export.place == found.export.place}
    if len(sheets) < 2:
        return ""
    mark = re.sub(r"\d+", ANY, found.export.sheet)
    return mark if sum(name_matches(mark, sheet) for sheet in sheets) == 1 else found.export.sheet


def _together(kind: Sequence[Looked]) -> Export:
    """Return the tables of a kind as one, with a sample spread over all of them."""
    first = kind[0].export
    share = max(1, SAMPLED // len(kind))
    rows = tuple(row for found in kind for row in found.export.rows[:: -(-len(found.export.rows) // share) or 1])
    return replace(first, rows=rows, row_count=sum(found.export.row_count for found in kind))


def _group(kind: Sequence[Looked], finding: TableFinding, looked: Iterable[Looked], unread: Collection[str]) -> Group:
    places = tuple(dict.fromkeys(found.export.place for found in kind))
    everywhere = {found.export.place for found in looked} | set(unread)
    layouts = tuple(dict.fromkeys(layout for found in kind for layout in found.layouts))
    reads, sheet = reads_of(places, everywhere - set(places)), _sheet_mark(kind[0], looked)
    typed = frozenset(header for found in kind for header in found.typed)
    archives = [found.archive for found in kind if found.archive is not None]
    rooms = tuple(dict.fromkeys(room for archive in archives for room in archive.rooms)) if archives else None
    names = tuple(dict.fromkeys(named for archive in archives for named in archive.names))
    return Group(reads, sheet, places, layouts, finding, typed, rooms, names, tuple(archives))
