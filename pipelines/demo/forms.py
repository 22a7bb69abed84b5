"""Runs `xuanpin demo --form`: one night on the worked example of a form of social commerce."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.demo.form_names import FormName
from xuanpin.pipelines.demo.run import OnStage, approve_held, clear_demo, ignore_step, morning_after
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.settings import Settings, load_settings
from xuanpin.pipelines.steps import Step, Watch
from xuanpin.pipelines.typed.phrase import phrase

LAST_DAY = date(2026, 11, 18)
"""The day on whose evening the exports of all examples were made."""


def run_form(home: Home, form: FormName, on_stage: OnStage, on_step: Callable[[Step], None] = ignore_step) -> Settings:
    """Copy the example of `form` into the demo's folder and run the night of its last day there; return its settings.

    `on_stage` and `on_step` are those of `run_demo`. Raises UsageError for a folder that is not a demo's.
    """
    clear_demo(home)
    example = home.root / "example"
    copy_example(form, example)
    on_stage(phrase("night {done} of {nights}, as of {day}", done=1, nights=1, day=LAST_DAY), 0, 1)
    settings = load_settings(example / "xuanpin.toml")
    request = RunRequest(LAST_DAY, home, example / "exports", settings, morning_after(LAST_DAY))
    run_night(request, Watch(on_step=on_step))
    approve_held(request)
    return settings


def copy_example(form: FormName, to: Path) -> None:
    """Copy the example of `form`, its exports and settings, into the new folder `to`."""
    _copy(files("xuanpin.examples").joinpath(form), to)


def _copy(found: Traversable, to: Path) -> None:
    if found.is_file():
        to.write_bytes(found.read_bytes())
        return
    to.mkdir()
    for part in found.iterdir():
        _copy(part, to / part.name)
