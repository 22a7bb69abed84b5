"""Verbs that run a night, a demo week or the weekly learning."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from xuanpin.pipelines.cli.delivering import delivered_after
from xuanpin.pipelines.cli.options import (
    ConfigOption,
    HomeOption,
    JsonOption,
    LivelyOption,
    NewHomeOption,
    VoicesOption,
    possible_home,
    read_date,
    require_warehouse,
    show,
)
from xuanpin.pipelines.cli.outcomes import report_refusal, show_outcome, show_status
from xuanpin.pipelines.cli.progress import NightProgress, ProgressOption, Stages, at_work
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.demo.form_names import FormName
from xuanpin.pipelines.nightly import STEPS, run_night
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings, load_settings
from xuanpin.pipelines.typed.phrase import phrase

app = typer.Typer()


@app.command()
def nightly(
    as_of: Annotated[str, typer.Option("--as-of", help="Last closed business day, YYYY-MM-DD.")],
    home: NewHomeOption,
    sources: Annotated[
        Path | None, typer.Option("--sources", envvar="XUANPIN_SOURCES", help="Folder of source drops.")
    ] = None,
    config: ConfigOption = None,
    is_stale_allowed: Annotated[
        bool, typer.Option("--allow-stale", help="Publish even if no source has a row of that day.")
    ] = False,
    progress: ProgressOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Run one night: read the drops, score, choose and match, check, publish and report."""
    day, now = read_date(as_of, "--as-of"), datetime.now(BEIJING)
    request = RunRequest(day, Home(home), sources, load_settings(config), now, is_stale_allowed)
    shown = NightProgress(phrase("night {day}", day=as_of), [step.name for step in STEPS], progress)
    delivered = delivered_after(request.home, request.settings)
    with shown.bar, report_refusal(request, as_json=as_json), delivered:
        run_night(request, shown.watch)
    _tell_people(request)
    show_outcome(request, as_json=as_json)


def _tell_people(request: RunRequest) -> None:
    """Tell of danger and of a stopped trial, as settings say; what is published stands if that cannot go out."""
    from xuanpin.pipelines.delivery import notify
    from xuanpin.pipelines.explained.night_notices import night_notices

    for kind, notice in night_notices(request.home, request.list_date):
        notify(request.home, request.settings, kind, notice, os.environ)


@app.command()
def demo(
    home: Annotated[
        Path,
        typer.Option("--home", callback=possible_home, help="Folder to build the demo in; rebuilt each time."),
    ] = Path("xuanpin-demo"),
    seed: Annotated[int, typer.Option(help="Seed of the demo platform.")] = 7,
    nights: Annotated[int, typer.Option(min=1, help="Nights to run, ending as of 2026-11-21.")] = 7,
    agents: Annotated[int | None, typer.Option(min=1, help="Agents of the demo platform.")] = None,
    skus: Annotated[int | None, typer.Option(min=1, help="SKUs of the demo platform.")] = None,
    order_lines: Annotated[int | None, typer.Option(min=1, help="Order lines; 10,000,000 is a large platform.")] = None,
    is_lively: LivelyOption = False,
    voices: VoicesOption = None,
    form: Annotated[
        FormName | None,
        typer.Option("--form", help="Form of social commerce whose example is shown instead: its exports, one night."),
    ] = None,
    progress: ProgressOption = "auto",
) -> None:
    """Make a synthetic platform from a seed, run a week of nights on it and print where the report is."""
    from xuanpin.pipelines.demo.forms import run_form
    from xuanpin.pipelines.demo.run import run_demo
    from xuanpin.pipelines.demo.voices import read_voices

    said = read_voices(voices) if voices else None
    sizes = {"agents": agents, "skus": skus, "order_lines": order_lines}
    # The first thing that a newcomer runs must not look as if it hung, in a pipe or a log either.
    shown = Stages(phrase("demo platform"), progress, is_plain_elsewhere=True)
    settings = Settings()
    with shown.bar:
        if form:
            settings = run_form(Home(home), form, shown.on_stage, shown.on_step)
        else:
            run_demo(Home(home), seed, nights, sizes, shown.on_stage, shown.on_step, is_lively, said)
    show_status(Home(home), None, settings)


@app.command()
def learn(
    as_of: Annotated[str, typer.Option("--as-of", help="Learn from what was known at the end of this day.")],
    home: HomeOption,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    progress: ProgressOption = "auto",
) -> None:
    """Run the weekly learning now; a model that is not better than the one in use is rejected."""
    from xuanpin.pipelines.feedback.learning import learn_now

    day, place = read_date(as_of, "--as-of"), require_warehouse(Home(home))
    request = RunRequest(day, place, None, load_settings(config), datetime.now(BEIJING))
    request.refuse_open_day()
    with at_work(phrase("weekly learning"), progress), open_night(request) as night:
        messages, models = learn_now(night)
    told = phrase(
        "learnt from {messages:,} messages; {models:,} new models in use",
        messages=messages,
        models=models,
    )
    show({"messages": messages, "new_models": models}, told, as_json)
