"""Opens a home: refuses one that a later release wrote, runs the migrations it lacks, then creates missing tables.

How to change a table that lives from night to night: a new column that may be empty needs its line in the contract and
nothing else. Anything else is the next number in MIGRATIONS: a module that names its own tables and columns and reads
no contract, because contracts change and a migration does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version as installed_version

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine import Engine, open_engine
from xuanpin.pipelines.errors import HomeNewer, UsageError
from xuanpin.pipelines.home_modes import keep_private
from xuanpin.pipelines.migration import m0001_history, m0002_sales
from xuanpin.pipelines.migration.level import bring_level
from xuanpin.pipelines.typed.paths import AS_OWNER, require_writable
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

VERSION = "ops.warehouse_version"
UNVERSIONED = "0.1.0"
"""The release that wrote homes without a version; they count as warehouse version 0."""


@dataclass(frozen=True)
class Migration:
    """One step from a warehouse version to the next, `number`; `title` says in the log what it does.

    `files` changes the home's folders: it runs first, outside the transaction, and finishes its work when it is run
    again. `tables` changes the warehouse, in one transaction with the new version.
    """

    number: int
    title: Phrase
    files: Callable[[Home], None]
    tables: Callable[[Engine], None]


MIGRATIONS = (
    Migration(1, m0001_history.TITLE, m0001_history.files, m0001_history.tables),
    Migration(2, m0002_sales.TITLE, m0002_sales.files, m0002_sales.tables),
)
LATEST = MIGRATIONS[-1].number
"""The warehouse version that this program reads and writes."""


@dataclass(frozen=True)
class Upgrade:
    """What opening changed: the version before (None in a new home) and after, and one line a change (`changes`)."""

    before: int | None
    after: int
    changes: tuple[Phrase, ...]

    @property
    def sentence(self) -> Phrase:
        """The upgrade of an existing home in one line."""
        if not self.changes:
            return phrase("warehouse version {after}: nothing to do", after=self.after)
        return phrase(
            "warehouse brought from version {before} to version {after}: {changes}",
            before=self.before,
            after=self.after,
            changes=joined(self.changes, "; "),
        )


def open_home(
    home: Home,
    *,
    memory_limit: str | None = None,
    threads: int | None = None,
    on_upgrade: Callable[[Upgrade], None] = lambda upgrade: None,
) -> Engine:
    """Open the warehouse of a home for writing, its lasting tables as this program's contracts describe them.

    `memory_limit` and `threads` are as in open_engine. `on_upgrade` is told where an existing home had to be changed.
    Raises HomeBusy while another process holds it, HomeNewer where a later release wrote it, and UsageError where it
    may not be written and where a table differs from its contract in a way that no migration covers.
    """
    for path in (home.root, home.warehouse):
        require_writable(path, AS_OWNER)
    keep_private(home)
    engine = open_engine(home.warehouse, memory_limit=memory_limit, threads=threads)
    try:
        done = upgrade(engine, home)
    except BaseException:
        engine.close()
        raise
    if done.before is not None and done.changes:
        on_upgrade(done)
    return engine


def migrate_home(home: Home) -> Upgrade:
    """Bring an existing home to this program's version and say what was done; raises as `open_home` does.

    Raises UsageError where there is no home.
    """
    if not home.warehouse.exists():
        raise UsageError(
            phrase(
                "{home} has no warehouse; check the path given to --home, or run `xuanpin nightly` there",
                home=home.root,
            )
        )
    done: list[Upgrade] = []
    open_home(home, on_upgrade=done.append).close()
    return done[0] if done else Upgrade(LATEST, LATEST, ())


def upgrade(engine: Engine, home: Home) -> Upgrade:
    """Run the migrations that an open home lacks and bring its tables level; see `open_home`."""
    before, writer = _admitted_version(engine, home)
    lacking = [] if before is None else [migration for migration in MIGRATIONS if migration.number > before]
    for migration in lacking:
        migration.files(home)
        with engine.transaction():
            migration.tables(engine)
            _write_version(engine, migration.number)
    with engine.transaction():
        changes = bring_level(engine, home, program_version() if lacking else writer)
        if changes:
            _write_version(engine, LATEST)
    titles = tuple(
        phrase("migration {number}: {title}", number=migration.number, title=migration.title) for migration in lacking
    )
    return Upgrade(before, LATEST, titles + changes)


def refuse_newer(engine: Engine, home: Home) -> int | None:
    """The warehouse version of an open home, None where it is new; raises HomeNewer where this program is too old."""
    return _admitted_version(engine, home)[0]


def _admitted_version(engine: Engine, home: Home) -> tuple[int | None, str]:
    """The version as `refuse_newer` gives it, and the program that wrote the warehouse."""
    found, writer = _stored_version(engine)
    if found is not None and found > LATEST:
        raise HomeNewer(
            phrase(
                "home {home} was written by xuanpin {writer} (warehouse version {found}); this program is "
                "{program_version} and knows version {latest}; install xuanpin {writer} or newer. Nothing was "
                "changed",
                home=home.root,
                writer=writer,
                found=found,
                program_version=program_version(),
                latest=LATEST,
            )
        )
    return found, writer


def program_version() -> str:
    """The version of the installed program."""
    return installed_version("xuanpin")


def _stored_version(engine: Engine) -> tuple[int | None, str]:
    """The version of a warehouse and the program that wrote it."""
    if engine.exists(VERSION):
        row = engine.read(VERSION).to_pylist()[0]
        return row["version"], row["written_by"]
    is_new = engine.query("select 1 from duckdb_tables() limit 1").num_rows == 0
    return (None if is_new else 0), UNVERSIONED


def _write_version(engine: Engine, number: int) -> None:
    engine.execute(f"create table if not exists {VERSION} (version integer, written_by varchar)")
    engine.execute(f"delete from {VERSION}")
    engine.execute(
        f"insert into {VERSION} (version, written_by) values ($version, $writer)",
        version=number,
        writer=program_version(),
    )
