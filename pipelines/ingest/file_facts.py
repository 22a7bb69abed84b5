"""What is known of one file of a drop beside its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xuanpin.pipelines.ingest.damaged_ids import Damages
from xuanpin.pipelines.ingest.drop_formats import Columns
from xuanpin.pipelines.ingest.notes import Notes
from xuanpin.pipelines.typed.phrase import Phrase


@dataclass(frozen=True)
class FileFacts:
    """What is known of the file at `path` beside its rows.

    `shape` and `columns` are those with which it was opened last, None where it was not; `rows` is how many came,
    `names` the customers in it. `damages` and `placeholders` are counted as in `damaged_ids` and `plausible`. `aborted`
    is the message of a file that could not be read to its end, `misfit` that of a mapping that does not fit.
    """

    path: str
    notes: Notes
    shape: tuple[object, ...] | None = None
    columns: Columns = ()
    rows: int = 0
    names: tuple[str, ...] = ()
    damages: Damages = field(default_factory=dict)
    placeholders: Mapping[str, int] = field(default_factory=dict)
    aborted: Phrase | None = None
    misfit: Phrase | None = None

    @property
    def failure(self) -> Phrase | None:
        """Why no row of the file was read to the end."""
        return self.aborted or self.misfit
