"""`make` on a machine that is not as it should be: it takes the Python that fits, or says which is needed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RIGHT = '[ "$1" = -c ] || { mkdir -p .venv/bin && cp "$0" .venv/bin/python; }'
WRONG = '[ "$1" = --version ] && echo Python 3.12.1 || exit 1'
"""Fails when it is asked for its version by a program, as a newer Python would."""
WITHOUT_VENV = '[ "$1" = -c ] || { mkdir -p .venv/bin && touch .venv/bin/python && exit 1; }'


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the Makefile, what it depends on, and a PATH of its own."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("setup.cfg", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).touch()
    (tmp_path / "bin").mkdir()
    for name in ("sh", "mkdir", "cp", "touch", "rm", "awk"):
        found = shutil.which(name)
        assert found is not None
        (tmp_path / "bin" / name).symlink_to(found)
    return tmp_path


def program(place: Path, body: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    place.chmod(0o755)


def make(clone: Path, goal: str) -> subprocess.CompletedProcess[str]:
    command = shutil.which("make")
    assert command is not None
    environment = {name: text for name, text in os.environ.items() if not name.startswith("MAKE")}
    environment["PATH"] = str(clone / "bin")
    return subprocess.run(
        [command, goal], cwd=clone, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("name", ["python3.11", "python3", "python"])
def test_a_python_that_fits_is_found_under_every_usual_name(clone: Path, name: str) -> None:
    for other in ("python3.11", "python3", "python"):
        program(clone / "bin" / other, RIGHT if other == name else WRONG)
    said = make(clone, ".venv/bin/python")
    assert said.returncode == 0, said.stderr
    assert f"{name} -m venv .venv" in said.stdout


def test_without_one_the_message_says_what_to_do(clone: Path) -> None:
    program(clone / "bin" / "python3", WRONG)
    said = make(clone, "demo")
    assert said.returncode != 0
    assert "Python 3.11 is needed" in said.stderr
    assert "make PYTHON=/path/to/python3.11 demo" in said.stderr
    assert not (clone / ".venv").exists()


def test_an_environment_that_is_made_in_part_is_not_left_for_the_next_time(clone: Path) -> None:
    program(clone / "bin" / "python3.11", WITHOUT_VENV)
    assert make(clone, ".venv/bin/python").returncode != 0
    assert not (clone / ".venv").exists()


def test_an_environment_of_another_python_is_named_with_the_way_out(clone: Path) -> None:
    program(clone / ".venv" / "bin" / "python", WRONG)
    said = make(clone, ".venv/.run")
    assert said.returncode != 0
    assert ".venv has Python 3.12.1, Xuanpin needs 3.11: run `rm -rf .venv`" in said.stderr


def test_the_help_lists_every_goal(clone: Path) -> None:
    said = make(clone, "help")
    goals = {line.split()[0] for line in said.stdout.splitlines()}
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = (line for line in text.splitlines() if line.startswith(".PHONY:"))
    assert goals == set(phony.split()[1:])
