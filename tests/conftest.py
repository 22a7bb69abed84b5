"""Fixtures that every test may use."""

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest

from xuanpin.pipelines.cli.language import VARIABLE
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.engine.beside import ALWAYS
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.settings import Settings

# A worker of pytest-xdist has a main module without a file, and pyspark takes that for a run of its own doctests.
sys.modules["__main__"].__dict__.setdefault("__file__", __file__)
# How long an example takes says how busy the machine is; benchmarks say how fast the program is.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
LAST_DAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=BEIJING)


@pytest.fixture(scope="session", autouse=True)
def english() -> Iterator[None]:
    """Let every command speak English, in whatever language the terminal of the tests is."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(VARIABLE, "en")
        yield


@pytest.fixture(scope="session", autouse=True)
def unsynced() -> Iterator[None]:
    """Wait for no disk: nothing that a test writes has to outlive the machine, and a night commits many times."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(ALWAYS, "fsync_mode", "NONE")
        yield


@pytest.fixture(scope="session", autouse=True)
def repeated() -> Iterator[None]:
    """Let Great Expectations repeat the checks of each table once, and not in every home."""
    from tests.support.repeated_checks import repeated_once

    with repeated_once():
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the public development data; tests that need it skip where it is missing."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the public development data (../shared/data) is not beside this checkout; nothing to install")
    return folder


@dataclass(frozen=True)
class Platform:
    """A tiny platform's drops, and how to run a night on them."""

    sources: Path

    def night(self, home: Path, as_of: date = LAST_DAY, sources: Path | None = None) -> Home:
        """Run one night into a home and return the home."""
        now = max(NOW, NOW + (as_of - LAST_DAY))
        is_stale = as_of > LAST_DAY
        run_night(RunRequest(as_of, Home(home), sources or self.sources, Settings(), now, is_stale))
        return Home(home)


Once = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """A function that lets a folder be made by the first process of a run that asks, and gives each a copy of its own.

    It takes the name of the folder and what makes it, at a path that does not exist yet.
    """
    ours = tmp_path_factory.getbasetemp()
    common = ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours

    def copy_of(name: str, make: Callable[[Path], object]) -> Path:
        made, part = common / f"made_{name}", common / f"part_{name}"
        with (common / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                shutil.rmtree(part, ignore_errors=True)
                make(part)
                part.rename(made)
        return Path(shutil.copytree(made, tmp_path_factory.mktemp(name) / "home"))

    return copy_of


@pytest.fixture(scope="session")
def platform(once: Once) -> Platform:
    """The drops of the tiny demo platform, twenty days up to LAST_DAY."""
    from xuanpin.pipelines.demo.scale import TINY
    from xuanpin.pipelines.demo.simulate import write_history
    from xuanpin.pipelines.demo.world import World

    return Platform(once("platform", lambda folder: write_history(World(seed=7, scale=TINY), folder)))


@pytest.fixture(scope="session")
def night_before(platform: Platform, once: Once) -> Home:
    """A home in which the last night but one of the tiny platform has run; tests only read it."""
    return Home(once("night_before", lambda root: platform.night(root, LAST_DAY - timedelta(days=1))))


@pytest.fixture(scope="session")
def published(platform: Platform, night_before: Home, once: Once) -> Home:
    """A home in which the last two nights of the tiny platform have run; tests only read it."""
    return Home(once("published", lambda root: platform.night(Path(shutil.copytree(night_before.root, root)))))


@pytest.fixture(scope="session")
def first_night(platform: Platform, once: Once) -> Home:
    """A home in which the last night of the tiny platform alone has run; tests only read it."""
    return Home(once("first_night", platform.night))


@pytest.fixture(scope="session")
def golden_home(once: Once) -> Home:
    """A home in which the golden night of the last day has run; tests read it, or change a copy."""
    from tests.support.old_home import golden_night

    return Home(once("golden_home", lambda root: golden_night(Home(root), LAST_DAY)))


@pytest.fixture
def warehouse() -> Iterator[Engine]:
    """An empty warehouse in memory, of one thread, for a spec's small tables; none of them lasts."""
    engine = open_memory()
    engine.execute("set threads = 1")
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def fingerprint() -> Callable[..., dict[str, str]]:
    """A function that gives the hash of every published table of a list date's current run."""
    from xuanpin.pipelines import run_store

    def of(home: Home, list_date: date) -> dict[str, str]:
        folder = run_store.run_folder(home, run_store.require_run(home, list_date))
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.parquet"))}

    return of
