"""Pictures that another process draws are those that this one would draw."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from xuanpin.pipelines.reporting import drawn_apart
from xuanpin.pipelines.reporting.charts import coverage_chart, draw

PICTURES = {"coverage": coverage_chart([{"filled": "0–25 %", "agents": 3}, {"filled": "100 %", "agents": 8}])}


@pytest.mark.parametrize("threads", [1, 2])
def test_pictures_are_the_same_wherever_they_are_drawn(threads: int) -> None:
    with drawn_apart.drawing_apart(threads) as drawn:
        assert drawn(PICTURES) == draw(PICTURES)


def test_nothing_in_the_folder_where_somebody_stands_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(3)", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with drawn_apart.drawing_apart(2) as drawn:
        assert drawn(PICTURES) == draw(PICTURES)


class Begun(subprocess.Popen[str]):
    """A process that is remembered."""

    last: "Begun | None" = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        Begun.last = self


def test_a_report_that_fails_before_its_pictures_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", Begun)
    with pytest.raises(ZeroDivisionError), drawn_apart.drawing_apart(2):
        raise ZeroDivisionError
    assert Begun.last is not None
    assert Begun.last.returncode == 0


def test_a_process_that_dies_is_no_report_without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match="ended with 1"), drawn_apart.drawing_apart(2) as drawn:
        drawn(PICTURES)
