"""Verb that tries a list: other settings, pins and bans, beside the list as it is."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xuanpin.pipelines.cli.language import spoken
from xuanpin.pipelines.cli.options import HomeOption, JsonOption, ListDateOption, read_list_date, show
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.settings import load_settings
from xuanpin.pipelines.typed.words import clean_words

if TYPE_CHECKING:  # solving draws on libraries that other verbs should not wait for
    from xuanpin.pipelines.planning.draft import Draft

app = typer.Typer()


@app.command()
def plan(
    home: HomeOption,
    list_date: ListDateOption = None,
    # Without XUANPIN_CONFIG: a plan that changes nothing is the night's list, whatever was set since.
    config: Annotated[
        Path | None, typer.Option("--config", help="Settings file to try; the night's own when left out.")
    ] = None,
    size: Annotated[int | None, typer.Option("--size", help="SKUs on the list.")] = None,
    promise: Annotated[float | None, typer.Option("--promise", help="Highest share of landmines, 0-1.")] = None,
    confidence: Annotated[float | None, typer.Option("--confidence", help="With what probability, 0-1.")] = None,
    explore_share: Annotated[
        float | None, typer.Option("--explore-share", help="Share of places for new SKUs, 0-1.")
    ] = None,
    pins: Annotated[list[str] | None, typer.Option("--pin", help="A SKU to pin; may be given again.")] = None,
    bans: Annotated[list[str] | None, typer.Option("--ban", help="A SKU to ban; may be given again.")] = None,
    approved_by: Annotated[
        str | None, typer.Option("--approved-by", help="Who would approve a pin over the landmine cap.")
    ] = None,
    is_frontier: Annotated[
        bool, typer.Option("--frontier", help="Print five sizes under five promises instead; takes some seconds.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Solve a list anew under other settings, pins or bans and compare; nothing is published or stored."""
    from xuanpin.pipelines.planning.draft import Draft
    from xuanpin.pipelines.planning.home import plan_of
    from xuanpin.pipelines.planning.words import plan_text

    changes = {
        "assortment": _given(list_size=size, explore_share=explore_share),
        "scoring": _given(landmine_promise=promise, promise_confidence=confidence),
    }
    draft = Draft(
        settings=None if config is None else load_settings(config),
        changes=changes,
        pins=tuple(pins or ()),
        bans=tuple(bans or ()),
        is_approved=bool(approved_by and clean_words(approved_by)),
    )
    if is_frontier:
        _show_frontier(Home(home), list_date, draft, as_json)
        return
    found = plan_of(Home(home), read_list_date(list_date), draft)
    show(asdict(found) | {"list_date": found.list_date.isoformat()}, plan_text(found, spoken()), as_json)


def _show_frontier(home: Home, list_date: str | None, draft: Draft, as_json: bool) -> None:
    from xuanpin.pipelines.planning.frontier import frontier_of, frontier_text

    found = frontier_of(home, read_list_date(list_date), draft)
    facts = {"list_date": found.list_date.isoformat(), "confidence": found.confidence}
    show(facts | {"points": list(map(asdict, found.points))}, frontier_text(found, spoken()), as_json)


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
