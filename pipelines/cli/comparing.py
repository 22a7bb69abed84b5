"""Verb that puts two runs beside each other."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from xuanpin.pipelines.cli.language import spoken
from xuanpin.pipelines.cli.options import HomeOption, JsonOption, show
from xuanpin.pipelines.context import Home

app = typer.Typer()
NAMED = "A list date, the first digits of a run id, latest or previous."


@app.command()
def diff(
    home: HomeOption,
    before: Annotated[str, typer.Argument(help=NAMED)] = "previous",
    after: Annotated[str, typer.Argument(help=NAMED)] = "latest",
    agent: Annotated[str | None, typer.Option("--agent", help="An agent whose matches are told one by one.")] = None,
    candidates: Annotated[
        bool, typer.Option("--candidates", help="Also tell candidates on neither list that another reason decided.")
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
