"""The wheel carries everything that the program reads: it runs from a folder that knows nothing of this checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The wheel's content in a folder of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("xuanpin-*.whl")
    with zipfile.ZipFile(wheel) as content:
        content.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_holds_every_file_that_is_read_at_run_time(unpacked):
    for package in ("pipelines", "models", "sql", "data_contracts"):
        for path in (ROOT / package).rglob("*"):
            if path.suffix in {".py", ".sql", ".yaml", ".csv", ".j2", ".css", ".js"}:
                assert (unpacked / "xuanpin" / path.relative_to(ROOT)).exists(), path.relative_to(ROOT)


def test_a_night_runs_from_the_wheel_alone(unpacked, platform, tmp_path):
    # -P keeps the working folder off the path, PYTHONPATH puts the wheel before the editable install.
    run = "import xuanpin.pipelines.cli; print(xuanpin.__file__, flush=True); xuanpin.pipelines.cli.main()"
    words = ["nightly", "--as-of", "2026-11-21", "--sources", platform.sources, "--home", tmp_path / "home"]
    said = subprocess.run(
        [sys.executable, "-P", "-c", run, *map(str, words)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines()[0] == str(unpacked / "xuanpin" / "__init__.py")
    assert "List for 2026-11-22" in said.stdout
