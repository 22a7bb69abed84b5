"""What long work says of itself, and to whom."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest

from xuanpin.pipelines.cli.progress import Form, NightProgress, Stages, at_work, duration, seconds_left
from xuanpin.pipelines.nightly import STEPS
from xuanpin.pipelines.steps import StepDone
from xuanpin.pipelines.typed.phrase import as_is

LAST = {"ingest": 2.0, "stage": 4.0, "report": 6.0}


@pytest.mark.parametrize(
    ("done", "to_come", "left"),
    [
        ([], ["ingest", "stage", "report"], 12.0),
        ([StepDone("ingest", 1, 1, 4.0)], ["stage", "report"], 20.0),
        ([StepDone("new", 1, 1, 90.0), StepDone("ingest", 1, 1, 1.0)], ["stage"], 2.0),
        ([StepDone("ingest", 1, 1, 2.0)], ["stage", "unknown"], None),
        ([StepDone("ingest", 1, 1, 2.0)], [], 0.0),
    ],
)
def test_what_is_left_follows_the_last_night_and_the_pace_of_this_one(
    done: Sequence[StepDone], to_come: Sequence[str], left: float | None
) -> None:
    assert seconds_left(LAST, done, to_come) == left


def test_a_duration_is_said_in_whole_seconds_or_minutes() -> None:
    assert [duration(seconds) for seconds in (0.4, 59.6, 119, 121, 3_600)] == [
        "0 s",
        "60 s",
        "119 s",
        "2 min",
        "60 min",
    ]


class Terminal:
    """Makes standard error a terminal, as far as a program asks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        monkeypatch.setenv("TERM", "xterm")


def night_told(form: Form, capsys: pytest.CaptureFixture[str]) -> str:
    """What is written on standard error while two steps run."""
    shown = NightProgress(as_is("night 2026-11-21"), ["ingest", "stage", "report"], form)
    by_name = {step.name: step for step in STEPS}
    with shown.bar:
        shown.on_open(LAST)
        for name in ("ingest", "stage"):
            shown.on_step(by_name[name])
            for kept in (1, 2):
                shown.on_part(kept, 2 if name == "ingest" else 1)
            shown.on_done(StepDone(name, 1_234, 56, 2 * LAST[name]))
    out, error = capsys.readouterr()
    assert out == ""
    return error


def test_plain_lines_give_rows_seconds_and_what_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    assert night_told("plain", capsys).splitlines() == [
        "night 2026-11-21: ingest, part 1 of 2 is kept",
        "night 2026-11-21: ingest, part 2 of 2 is kept",
        "night 2026-11-21, 1/3 ingest: 1,234 rows in, 56 out, 4.0 s; about 20 s left",
        "night 2026-11-21, 2/3 stage: 1,234 rows in, 56 out, 8.0 s; about 12 s left",
    ]


@pytest.mark.parametrize("form", ["auto", "quiet"])
def test_nothing_is_said_where_nobody_looks(form: Form, capsys: pytest.CaptureFixture[str]) -> None:
    assert night_told(form, capsys) == ""


def test_nothing_is_said_in_a_terminal_either_when_quiet(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Terminal(monkeypatch)
    assert night_told("quiet", capsys) == ""


def test_a_terminal_sees_the_step_that_runs_and_those_done(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Terminal(monkeypatch)
    seen = night_told("auto", capsys)
    assert "2/3 stage: 1,234 rows in, 56 out, 8.0 s; about 12 s left" in seen


@pytest.mark.parametrize(
    ("form", "is_plain_elsewhere", "said"),
    [("plain", False, "a\nb\n"), ("auto", True, "a\nb\n"), ("auto", False, ""), ("quiet", True, "")],
)
def test_stages_are_lines_where_they_are_asked_for(
    form: Form, is_plain_elsewhere: bool, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = Stages(as_is("work"), form, is_plain_elsewhere=is_plain_elsewhere)
    with shown.bar:
        shown.on_stage("a", 0, 2)
        shown.on_step(STEPS[0])
        shown.on_stage("b", 1, 2)
    assert capsys.readouterr().err == said


def test_a_terminal_sees_which_step_of_which_night_of_a_demo_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Terminal(monkeypatch)
    shown = Stages(as_is("demo platform"), "auto", is_plain_elsewhere=True)
    with shown.bar:
        shown.on_stage("night 2 of 7", 1, 7)
        shown.on_step(STEPS[0])
        shown.bar.refresh()
    assert "night 2 of 7: ingest" in capsys.readouterr().err


@pytest.mark.parametrize(("form", "said"), [("plain", "tidying\n"), ("auto", ""), ("quiet", "")])
def test_work_without_stages_says_in_plain_lines_that_it_began(
    form: Form, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with at_work(as_is("tidying"), form):
        pass
    assert tuple(capsys.readouterr()) == ("", said)
