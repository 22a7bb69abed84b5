"""Opens the catalogue of a copy, and remembers which copy belongs to a home."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pyiceberg import exceptions
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.catalog.sql import SqlCatalog
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.delivery.iceberg.files import OPEN_FILES
from xuanpin.pipelines.errors import DeliveryFailed
from xuanpin.pipelines.home_modes import make_published, open_like_folder
from xuanpin.pipelines.settings.iceberg import IcebergSettings
from xuanpin.pipelines.typed.phrase import phrase

NAME = "xuanpin"
"""Name of the catalogue; what the library's own settings say of a catalogue of this name holds too."""
FAULTS: tuple[type[Exception], ...] = (
    OSError,
    ValueError,
    RuntimeError,
    SQLAlchemyError,
    *(kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception)),
)
"""What the library and its catalogues raise; its own exceptions have no common base."""


@dataclass(frozen=True)
class Note:
    """What a home remembers of its copy.

    `copy`: id that every table of the copy carries; `place`: folder of a local one; `is_unfinished`: whether somebody
    has begun to write to it and has not ended.
    """

    copy: str
    place: str | None = None
    is_unfinished: bool = False


@dataclass(frozen=True)
class Place:
    """An open `catalog`, the `namespace` of the tables, and the `note` of the home when it was opened."""

    catalog: Catalog
    namespace: str
    note: Note


@contextmanager
def opened(home: Home, settings: IcebergSettings, environment: Mapping[str, str]) -> Iterator[Place]:
    """Open the catalogue that `settings` name, its secrets from the `environment`.

    Until the block has ended without a failure, the home remembers that the copy is unfinished. Raises DeliveryFailed
    where a secret is missing.
    """
    note = _read_note(home)
    if settings.kind == "local":
        note = _at_home(home, note)
        catalog: Catalog = _local(home)
    else:
        catalog = load_catalog(NAME, **_properties(settings, environment))
    with catalog:
        catalog.create_namespace_if_not_exists(settings.namespace)
        _write_note(home, replace(note, is_unfinished=True))
        yield Place(catalog, settings.namespace, note)
        _write_note(home, replace(note, is_unfinished=False))


def _local(home: Home) -> Catalog:
    folder = _folder(home)
    make_published(home, folder)
    file = folder / "catalog.db"
    address = URL.create("sqlite", database=str(file)).render_as_string(hide_password=False)
    catalog = SqlCatalog(NAME, **{"uri": address, "warehouse": f"file://{folder}", "py-io-impl": OPEN_FILES})
    open_like_folder(file)
    return catalog


def _at_home(home: Home, note: Note) -> Note:
    """Delete a local copy of a home that has moved: Iceberg tables name their files by absolute paths."""
    folder = _folder(home)
    if note.place == str(folder):
        return note
    shutil.rmtree(folder, ignore_errors=True)
    return replace(note, place=str(folder))


def _folder(home: Home) -> Path:
    return home.published.absolute() / "iceberg"


def _properties(settings: IcebergSettings, environment: Mapping[str, str]) -> dict[str, str]:
    missing = [name for name in settings.secret_variables.values() if not environment.get(name)]
    if missing:
        raise DeliveryFailed(
            phrase("{name}, which [publish.iceberg] names for a secret, is not set in the environment", name=missing[0])
        )
    secrets = {key: environment[name] for key, name in settings.secret_variables.items()}
    return {**settings.properties, **secrets, "py-io-impl": OPEN_FILES}


def _read_note(home: Home) -> Note:
    with suppress(OSError, ValueError, TypeError):
        return Note(**json.loads(_file(home).read_text(encoding="utf-8")))
    return Note(uuid.uuid4().hex, is_unfinished=True)


def _write_note(home: Home, note: Note) -> None:
    run_store.replace_json(_file(home), asdict(note))


def _file(home: Home) -> Path:
    return home.delivery / "iceberg.json"
