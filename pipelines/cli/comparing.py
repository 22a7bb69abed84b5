"""Verbs that put two runs beside each other, or a past night beside its replay."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from xuanpin.pipelines.cli.language import spoken
from xuanpin.pipelines.cli.options import ConfigOption, HomeOption, JsonOption, require_warehouse, show
from xuanpin.pipelines.cli.progress import ProgressOption, at_work
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.errors import OutputCheckFailed
from xuanpin.pipelines.settings import load_settings
from xuanpin.pipelines.typed.phrase import phrase

app = typer.Typer()
NAMED = "A list date, the first digits of a run id, latest or previous."


@app.command()
def diff(
    home: HomeOption,
    before: Annotated[str, typer.Argument(help=NAMED)] = "previous",
    after: Annotated[str, typer.Argument(help=NAMED)] = "latest",
    agent: Annotated[
        str | None, typer.Option("--agent", help="An agent whose match changes are listed one by one.")
    ] = None,
    candidates: Annotated[
        bool, typer.Option("--candidates", help="Also list candidates on neither list whose reason has changed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare two runs: lists, decisions, measures, matches, checks, alarms, settings and what they were made from."""
    from xuanpin.pipelines.comparing.compare import compare
    from xuanpin.pipelines.comparing.words import comparison_text
    from xuanpin.pipelines.run_store.kept import find_run

    place = Home(home)
    found = compare(place, find_run(place, before), find_run(place, after), agent, with_others=candidates)
    show(asdict(found), comparison_text(found, spoken()), as_json)


@app.command()
def replay(
    run: Annotated[str, typer.Argument(help=NAMED)],
    home: HomeOption,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    progress: ProgressOption = "auto",
) -> None:
    """Compute a past night once more from the warehouse, changing nothing, and compare every published table.

    Exit code 4 if a table differs; the input that differs is named.
    """
    from xuanpin.pipelines.replaying.replay import replay as replayed
    from xuanpin.pipelines.replaying.words import replay_facts, replay_text
    from xuanpin.pipelines.run_store.kept import find_run

    place, settings = require_warehouse(Home(home)), load_settings(config)
    with at_work(phrase("replay"), progress):
        found = replayed(place, find_run(place, run), settings, datetime.now(BEIJING))
    show(replay_facts(found), replay_text(found, spoken()), as_json)
    if not found.is_equal:
        raise typer.Exit(OutputCheckFailed.exit_code)
