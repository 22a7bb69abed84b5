"""Who may open what of a home after each verb: readers what is published, nobody else anything."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.killed_verbs import VERBS, make_base, prepare
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.home_modes import keep_private, make_published
from xuanpin.pipelines.session import log_file

UMASK = 0o027
"""What the deployment lets its readers' group open."""


@pytest.fixture(scope="module")
def deployment() -> Iterator[None]:
    """A process that starts with the deployment's umask, whatever ran before it."""
    before = os.umask(UMASK)
    yield
    os.umask(before)


@pytest.fixture(scope="module")
def base(deployment: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("modes")
    make_base(folder)
    return folder


def modes(home: Home) -> dict[str, str]:
    """The mode of everything in a home, in octal, that is not as it should be."""
    found = {}
    for path in (home.root, *home.root.rglob("*")):
        wanted = 0o700 if path.is_dir() else 0o600
        if path == home.root:
            wanted = 0o710
        elif path.is_relative_to(home.published) and not path.name.startswith("."):
            wanted = 0o750 if path.is_dir() else 0o640
        if (mode := stat.S_IMODE(path.lstat().st_mode)) != wanted:
            found[path.relative_to(home.root).as_posix()] = f"{mode:o} instead of {wanted:o}"
    return found


def test_nights_leave_open_what_is_published_alone(base: Path) -> None:
    home = Home(base / "home")
    assert modes(home) == {}
    assert {"warehouse.duckdb", "logs", "published"} <= {path.name for path in home.root.iterdir()}


@pytest.mark.parametrize("verb", [name for name, verb in VERBS.items() if not verb.is_old and name != "learn"])
def test_no_verb_leaves_more_open(base: Path, verb: str) -> None:
    prepare(base, verb)
    VERBS[verb].act(Home(base / verb))
    assert modes(Home(base / verb)) == {}


def test_an_older_home_is_closed_when_it_is_opened(base: Path) -> None:
    home = Home(base / "old")
    home.overrides.mkdir(exist_ok=True)
    (home.overrides / "ours.csv").touch()
    (home.root / "beside").mkdir()
    for path in (home.root, *home.root.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    VERBS["migrate"].act(home)
    for path in (home.root, home.warehouse, home.overrides, home.overrides / "ours.csv"):
        assert stat.S_IMODE(path.stat().st_mode) == {home.root: 0o711}.get(path, 0o700 if path.is_dir() else 0o600)
    assert stat.S_IMODE((home.root / "beside").stat().st_mode) == 0o755, "what is not ours stays as it is"
    assert stat.S_IMODE(home.published.stat().st_mode) == 0o755, "who was a reader stays one"


def test_what_large_work_spills_is_private(deployment: None, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    keep_private(home)
    (tmp_path / "home" / "warehouse.duckdb.spill").mkdir()
    assert modes(home) == {}


def test_a_home_that_its_user_has_closed_stays_closed(deployment: None, tmp_path: Path) -> None:
    home = Home(tmp_path)
    tmp_path.chmod(0o700)
    with log_file(home):
        pass
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_readers_keep_what_the_published_folder_allows(deployment: None, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    keep_private(home)
    make_published(home, home.published)
    home.published.chmod(0o705)
    make_published(home, home.published / "list_date=2026-11-22")
    run_store.replace_json(home.published / "list_date=2026-11-22" / "current.json", {})
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.published.rglob("*")}
    assert found == {"list_date=2026-11-22": 0o705, "current.json": 0o604}
