"""The wheel is the tree and nothing else, takes one name, and runs where nothing is known of this checkout."""

import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import pytest

from tests.conftest import Platform
from tools.airflow_local import DAG_FILE
from tools.wheel import ROOT, build, clean_copy, contents, differences

GHOSTS = ("xuanpin/pipelines/ghost.py", "xuanpin/models/risk/ghost.py", "models/__init__.py", "sql/ghost.sql")
OTHER_PROJECT = """
[metadata]
name = elsewhere
version = 1.0
[options]
packages = models, pipelines
"""
NIGHT_IMPORTS = """
import pkgutil
import xuanpin
from xuanpin.pipelines.nightly import STEPS
for step in STEPS:
    pkgutil.resolve_name(step.function)
print(xuanpin.__file__)
"""
OTHER_IMPORTS = "import models, pipelines\nprint(models.WHOSE, pipelines.WHOSE)"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout in which an earlier build has left modules that are no longer in the tree."""
    copy = clean_copy(ROOT, tmp_path_factory.mktemp("checkout") / "tree")
    for name in GHOSTS:
        ghost = copy / "build" / "lib" / name
        ghost.parent.mkdir(parents=True, exist_ok=True)
        ghost.write_text("", encoding="utf-8")
    listed = copy / "xuanpin.egg-info" / "SOURCES.txt"
    listed.parent.mkdir()
    listed.write_text("\n".join(GHOSTS), encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of that copy."""
    return build(tree, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def other_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another team's wheel, whose modules are called `models` and `pipelines`."""
    source = tmp_path_factory.mktemp("elsewhere")
    (source / "setup.cfg").write_text(OTHER_PROJECT, encoding="utf-8")
    build_system = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    (source / "pyproject.toml").write_text(build_system, encoding="utf-8")
    for name in ("models", "pipelines"):
        (source / name).mkdir()
        (source / name / "__init__.py").write_text('WHOSE = "theirs"\n', encoding="utf-8")
    return build(source, tmp_path_factory.mktemp("other_wheel"))


def test_the_wheel_holds_the_tree_and_nothing_else(wheel: Path, tree: Path) -> None:
    assert differences(wheel, tree) == []
    suffixes = {Path(name).suffix for name in contents(wheel)}
    assert {".py", ".sql", ".yaml", ".csv", ".j2", ".css", ".js"} <= suffixes


def test_a_file_too_many_or_too_few_is_told(wheel: Path, tree: Path, tmp_path: Path) -> None:
    (tree / "models" / "new.py").write_text("", encoding="utf-8")
    try:
        assert differences(wheel, tree) == ["not in the wheel: xuanpin/models/new.py"]
    finally:
        (tree / "models" / "new.py").unlink()
    padded = tmp_path / wheel.name
    padded.write_bytes(wheel.read_bytes())
    with zipfile.ZipFile(padded, "a") as archive:
        archive.writestr("models/__init__.py", "")
    assert differences(padded, tree) == ["in the wheel alone: models/__init__.py"]


def test_the_wheel_takes_one_name(wheel: Path) -> None:
    assert {name.split("/")[0] for name in contents(wheel)} == {"xuanpin"}
    with zipfile.ZipFile(wheel) as archive:
        (top_level,) = (name for name in archive.namelist() if name.endswith("/top_level.txt"))
        assert archive.read(top_level).decode().split() == ["xuanpin"]


class Environment:
    """A virtual environment that finds the libraries of this one, and in which wheels come and go."""

    def __init__(self, folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        self._python = folder / "bin" / "python"
        (self.packages,) = folder.glob("lib/python*/site-packages")
        # A folder on PYTHONPATH lends its packages without its .pth files, so no editable install comes along; and pip,
        # which does not get it, knows of what is installed here alone.
        self._libraries = str(Path(duckdb.__file__).parents[1])

    def pip(self, *words: str | Path) -> None:
        command: list[str | Path] = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        command += ["--python", self._python]
        alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        subprocess.run([*command, *words], check=True, env=alone)

    def run(self, code: str) -> str:
        environment = os.environ | {"PYTHONPATH": self._libraries}
        said = subprocess.run(
            [self._python, "-P", "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.packages,
        )
        assert said.returncode == 0, said.stderr
        return said.stdout.strip()

    def recorded(self, name: str) -> set[Path]:
        """The files that an installed wheel says are its own, bytecode aside."""
        (record,) = self.packages.glob(f"{name}-*.dist-info/RECORD")
        with record.open(encoding="utf-8", newline="") as lines:
            files = {(self.packages / row[0]).resolve() for row in csv.reader(lines)}
        return {path for path in files if path.suffix != ".pyc"}


def test_it_lives_beside_a_wheel_with_names_like_our_rooms(wheel: Path, other_wheel: Path, tmp_path: Path) -> None:
    place = Environment(tmp_path / "env")
    place.pip("install", "--no-deps", "--no-index", wheel, other_wheel)
    ours, theirs = place.recorded("xuanpin"), place.recorded("elsewhere")
    assert not ours & theirs
    assert place.run(NIGHT_IMPORTS) == str(place.packages / "xuanpin" / "__init__.py")
    assert place.run(OTHER_IMPORTS) == "theirs theirs"
    place.pip("uninstall", "--yes", "elsewhere")
    assert all(path.exists() for path in ours)
    assert [path for path in sorted(theirs) if path.exists()] == []
    place.run("import xuanpin.pipelines.nightly, xuanpin.models")
    place.pip("install", "--no-deps", "--no-index", other_wheel)
    place.pip("uninstall", "--yes", "xuanpin")
    assert all(path.exists() for path in theirs)
    assert [path for path in sorted(ours) if path.exists()] == []
    assert place.run(OTHER_IMPORTS) == "theirs theirs"


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content in a folder of its own."""
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as content:
        content.extractall(folder)
    return folder


def run_beside(unpacked: Path, folder: Path, code: str, *words: object, **environment: str) -> list[str]:
    """Run code in a process that finds the unpacked wheel before the editable install; return the lines it printed."""
    said = subprocess.run(
        [sys.executable, "-P", "-c", code, *map(str, words)],
        cwd=folder,
        env={**os.environ, **environment, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    return said.stdout.splitlines()


def test_a_night_runs_from_the_wheel_alone(unpacked: Path, platform: Platform, tmp_path: Path) -> None:
    night = "import xuanpin.pipelines.cli; print(xuanpin.__file__, flush=True); xuanpin.pipelines.cli.main()"
    words = ["nightly", "--as-of", "2026-11-21", "--sources", platform.sources, "--home", tmp_path / "home"]
    said = run_beside(unpacked, tmp_path, night, *words)
    assert said[0] == str(unpacked / "xuanpin" / "__init__.py")
    assert "List for 2026-11-22" in "\n".join(said)


ONE_LINE_FOLDER = """
import json, os
from airflow.utils.db import initdb
initdb()
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
for dag in bag.dags.values():
    DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
run = bag.dags["xuanpin_deadline"].test(run_conf={"as_of_date": "2026-11-21"})
import xuanpin
facts = {
    "dags": sorted(bag.dags),
    "errors": bag.import_errors,
    "files": sorted({dag.fileloc for dag in bag.dags.values()}),
    "state": str(run.state),
    "from": xuanpin.__file__,
}
print("\\n" + json.dumps(facts))
"""


def test_one_line_in_the_dag_folder_brings_every_dag(unpacked: Path, tmp_path: Path) -> None:
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "xuanpin.py").write_text(DAG_FILE, encoding="utf-8")
    said = run_beside(
        unpacked,
        tmp_path,
        ONE_LINE_FOLDER,
        AIRFLOW_HOME=str(tmp_path),
        AIRFLOW__CORE__DAGS_FOLDER=str(dags),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{tmp_path}/airflow.db",
        XUANPIN_HOME=str(tmp_path / "home"),
    )
    facts = json.loads(said[-1])
    families = [f"xuanpin_ingest_{name}" for name in ("chat", "orders", "reference", "returns")]
    others = [f"xuanpin_{name}" for name in ("deadline", "deliver", "learning", "nightly", "override")]
    assert facts["dags"] == sorted([*families, *others])
    assert facts["errors"] == {}
    assert facts["files"] == [str(dags / "xuanpin.py")]
    assert facts["state"] == "success"
    assert facts["from"] == str(unpacked / "xuanpin" / "__init__.py")
