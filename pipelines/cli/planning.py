"""Verb that tries a list: other settings, pins and bans, beside the list as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xuanpin.pipelines.cli.language import spoken
from xuanpin.pipelines.cli.options import HomeOption, JsonOption, ListDateOption, read_list_date, show
from xuanpin.pipelines.cli.speech import say
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.settings import load_settings
from xuanpin.pipelines.typed.phrase import as_is, phrase
from xuanpin.pipelines.typed.words import clean_words

if TYPE_CHECKING:  # solving draws on libraries that other verbs should not wait for
    from xuanpin.pipelines.planning.draft import Draft

app = typer.Typer()

# Without XUANPIN_CONFIG: a plan that changes nothing is the night's list, whatever was set since.
TriedOption = Annotated[
    Path | None, typer.Option("--config", help="Settings file to try; the night's own when left out.")
]
SizeOption = Annotated[int | None, typer.Option("--size", help="SKUs on the list.")]
PromiseOption = Annotated[float | None, typer.Option("--promise", help="Highest share of landmines, 0-1.")]
ConfidenceOption = Annotated[float | None, typer.Option("--confidence", help="Confidence of the promise, 0-1.")]
CapOption = Annotated[float | None, typer.Option("--cap", help="Highest landmine probability of a SKU, 0-1.")]
ExploreOption = Annotated[float | None, typer.Option("--explore-share", help="Share of places for new SKUs, 0-1.")]
SupplierOption = Annotated[float | None, typer.Option("--supplier-share", help="Largest share of a supplier, 0-1.")]
CategoryOption = Annotated[float | None, typer.Option("--category-share", help="Largest share of a category, 0-1.")]
BandsOption = Annotated[int | None, typer.Option("--price-bands", help="Equally large price bands of candidates.")]
BandShareOption = Annotated[float | None, typer.Option("--band-share", help="Least share of each price band, 0-1.")]
MostOption = Annotated[
    list[str] | None, typer.Option("--category-max", help="Most SKUs of a category, path=number; may be given again.")
]
LeastOption = Annotated[
    list[str] | None, typer.Option("--category-min", help="Fewest SKUs of a category, path=number; may be given again.")
]
PinOption = Annotated[list[str] | None, typer.Option("--pin", help="A SKU to pin; may be given again.")]
BanOption = Annotated[list[str] | None, typer.Option("--ban", help="A SKU to ban; may be given again.")]
ApprovedOption = Annotated[
    str | None, typer.Option("--approved-by", help="Who would approve a pin over the landmine cap.")
]
FrontierOption = Annotated[
    bool, typer.Option("--frontier", help="Print five sizes under five promises instead; takes some seconds.")
]
WriteOption = Annotated[
    Path | None,
    typer.Option(
        "--write",
        help="Also write a complete settings file with the draft's settings; the others are as in --config.",
    ),
]
WriterOption = Annotated[str, typer.Option("--author", help="Who proposes the settings; with --write.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; with --write.")]


@app.command()
def plan(
    home: HomeOption,
    list_date: ListDateOption = None,
    config: TriedOption = None,
    size: SizeOption = None,
    promise: PromiseOption = None,
    confidence: ConfidenceOption = None,
    cap: CapOption = None,
    explore_share: ExploreOption = None,
    supplier_share: SupplierOption = None,
    category_share: CategoryOption = None,
    price_bands: BandsOption = None,
    band_share: BandShareOption = None,
    category_max: MostOption = None,
    category_min: LeastOption = None,
    pins: PinOption = None,
    bans: BanOption = None,
    approved_by: ApprovedOption = None,
    is_frontier: FrontierOption = False,
    write: WriteOption = None,
    author: WriterOption = "",
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Compute a list again with other settings, pins or bans and compare; nothing is published or stored."""
    from xuanpin.pipelines.planning.draft import Draft

    assortment = _given(
        list_size=size,
        explore_share=explore_share,
        supplier_max_share=supplier_share,
        category_max_share=category_share,
        price_bands=price_bands,
        price_band_min_share=band_share,
        category_max=_limits("--category-max", category_max),
        category_min=_limits("--category-min", category_min),
    )
    scoring = _given(landmine_promise=promise, promise_confidence=confidence, landmine_cap=cap)
    draft = Draft(
        settings=None if config is None else load_settings(config),
        changes={"assortment": assortment, "scoring": scoring},
        pins=tuple(pins or ()),
        bans=tuple(bans or ()),
        is_approved=bool(approved_by and clean_words(approved_by)),
    )
    day = read_list_date(list_date)
    proposed = None if write is None else _proposed(Home(home), day, draft, author, reason)
    (_show_frontier if is_frontier else _show_plan)(Home(home), day, draft, as_json)
    if write is not None and proposed is not None:
        _write(write.expanduser(), proposed)


def _show_plan(home: Home, list_date: date | None, draft: Draft, as_json: bool) -> None:
    from xuanpin.pipelines.planning.home import plan_of
    from xuanpin.pipelines.planning.words import plan_text

    found = plan_of(home, list_date, draft)
    show(asdict(found) | {"list_date": found.list_date.isoformat()}, plan_text(found, spoken()), as_json)


def _show_frontier(home: Home, list_date: date | None, draft: Draft, as_json: bool) -> None:
    from xuanpin.pipelines.planning.frontier import frontier_of, frontier_text

    found = frontier_of(home, list_date, draft)
    facts = {"list_date": found.list_date.isoformat(), "confidence": found.confidence}
    show(facts | {"points": list(map(asdict, found.points))}, frontier_text(found, spoken()), as_json)


def _proposed(home: Home, list_date: date | None, draft: Draft, author: str, reason: str) -> str:
    from xuanpin.pipelines.planning.home import settings_of
    from xuanpin.pipelines.planning.proposal import proposal_of, proposal_text

    before = settings_of(home, list_date, draft.settings)
    return proposal_text(proposal_of(draft, before, author, reason, datetime.now(BEIJING)))


def _write(path: Path, text: str) -> None:
    from xuanpin.pipelines.planning.proposal import write_new

    write_new(path, text)
    told = phrase("the settings of the draft are written to {file}; nothing reads it by itself", file=path)
    # Beside the output, which may be JSON for a program.
    say(told, is_error=True)


def _limits(option: str, lines: Sequence[str] | None) -> dict[str, int] | None:
    from xuanpin.pipelines.planning.typed_values import typed_limits

    return typed_limits(as_is(option), lines) if lines else None


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
