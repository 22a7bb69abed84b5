"""Verbs that compare our decisions with what happened, or with simpler policies."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from xuanpin.pipelines.cli.options import (
    ConfigOption,
    HomeOption,
    JsonOption,
    LivelyOption,
    VoicesOption,
    read_date,
    read_numbers,
    show,
    simulation_folder,
)
from xuanpin.pipelines.cli.progress import ProgressOption, Stages
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.settings import load_settings
from xuanpin.pipelines.typed.phrase import phrase

app = typer.Typer()


@app.command()
def simulate(
    nights: Annotated[int, typer.Option(min=1, help="Nights each policy decides.")] = 21,
    seeds: Annotated[str, typer.Option(help="Seeds of the worlds, with commas between them.")] = "1,2,3,4,5",
    scale: Annotated[str, typer.Option(help="Size of the worlds: tiny, demo or sim (300 agents).")] = "sim",
    home: Annotated[Path | None, typer.Option("--home", help="Folder to keep the worlds and homes in.")] = None,
    is_lively: LivelyOption = False,
    acceptance: Annotated[
        float | None,
        typer.Option(
            min=0.05, max=0.999, help="Agents choose: the share of what suits their personas that they would post."
        ),
    ] = None,
    with_answers: Annotated[
        bool,
        typer.Option(
            "--answers", help="Also compare Xuanpin without agents' answers, and with answers known in advance."
        ),
    ] = False,
    voices: VoicesOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    progress: ProgressOption = "auto",
) -> None:
    """Let Xuanpin and simpler policies decide for copies of the same worlds and compare the outcomes."""
    from xuanpin.pipelines.demo.closed_loop import OURS, Plan, comparison, comparison_text, scale_named, simulate
    from xuanpin.pipelines.demo.our_nights import OUR_POLICIES
    from xuanpin.pipelines.demo.voices import read_voices

    said = read_voices(voices) if voices else None
    numbers, size = read_numbers(seeds, "--seeds"), scale_named(scale)
    ours = OUR_POLICIES if with_answers else (OURS,)
    plan = Plan(numbers, nights, size, load_settings(config), is_lively, said, acceptance, ours)
    shown = Stages(phrase("simulation"), progress)
    with simulation_folder(home) as folder, shown.bar:
        facts = comparison(simulate(plan, folder, shown.on_stage))
    show(facts, comparison_text(facts), as_json)


@app.command()
def backtest(
    home: HomeOption,
    first: Annotated[str, typer.Option("--from", help="As-of date of the first night, YYYY-MM-DD.")],
    last: Annotated[str, typer.Option("--to", help="As-of date of the last night, YYYY-MM-DD.")],
    replay: Annotated[
        bool, typer.Option("--replay", help="Also run published nights again, with these settings.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    progress: ProgressOption = "auto",
) -> None:
    """Compare past nights, each knowing only what was known then, with what happened next; the home is not changed."""
    from xuanpin.pipelines.backtest.backtest import BacktestRequest, backtest
    from xuanpin.pipelines.backtest.measures import backtest_text

    request = BacktestRequest(
        Home(home), read_date(first, "--from"), read_date(last, "--to"), load_settings(config), replay
    )
    shown, nights = Stages(phrase("back-test"), progress), count(1)
    with shown.bar:
        facts = backtest(
            request,
            lambda night: shown.on_stage(phrase("night as of {day}", day=night), next(nights), len(request.list_dates)),
        )
    show(facts, backtest_text(facts), as_json)
