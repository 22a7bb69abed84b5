"""Verbs for merchandisers: pins, bans and cleared holds, and the cards that agents are sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from xuanpin.pipelines.cli.options import (
    ConfigOption,
    HomeOption,
    JsonOption,
    ListDateOption,
    latest_night,
    read_date,
    read_list_date,
    show,
)
from xuanpin.pipelines.cli.speech import say
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.settings import load_settings
from xuanpin.pipelines.typed.phrase import Phrase, joined, listed, phrase
from xuanpin.pipelines.typed.words import clean_words, read_words

if TYPE_CHECKING:  # reading personal data takes a moment to load, and other verbs should not wait for it
    from xuanpin.pipelines.overrides import OverrideRequest
    from xuanpin.pipelines.overrides.deciding import Decided

app = typer.Typer()
overrides_app = typer.Typer(
    help="Export pins, bans and cleared holds as a sheet, and import the edited one.", no_args_is_help=True
)
app.add_typer(overrides_app, name="overrides")

SkuArgument = Annotated[str, typer.Argument(help="The SKU.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; shown beside the decision.")]
AuthorOption = Annotated[str, typer.Option("--author", help="Who decides.")]
UntilOption = Annotated[str | None, typer.Option("--until", help="Last list date, YYYY-MM-DD; open end when left out.")]
FromOption = Annotated[str | None, typer.Option("--from", help="First list date, YYYY-MM-DD; tonight's when left out.")]
SecondOption = Annotated[
    str | None, typer.Option("--approved-by", help="Second name, for a pin over the landmine cap.")
]


@app.command()
def pin(
    sku_id: SkuArgument,
    reason: ReasonOption,
    author: AuthorOption,
    home: HomeOption,
    until: UntilOption = None,
    first_list_date: FromOption = None,
    approved_by: SecondOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a SKU on the list from tonight on; over the landmine cap that takes a second name."""
    asked = _asked("pin", sku_id, reason, author, first_list_date, until)
    _decide(home, config, as_json, [replace(asked, approved_by=_second(approved_by))])


@app.command()
def ban(
    sku_id: SkuArgument,
    reason: ReasonOption,
    author: AuthorOption,
    home: HomeOption,
    until: UntilOption = None,
    first_list_date: FromOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep a SKU off the list from tonight on."""
    _decide(home, config, as_json, [_asked("ban", sku_id, reason, author, first_list_date, until)])


@app.command()
def swap(
    sku_id: SkuArgument,
    other: Annotated[str, typer.Argument(help="The SKU that takes its place.")],
    reason: ReasonOption,
    author: AuthorOption,
    home: HomeOption,
    until: UntilOption = None,
    first_list_date: FromOption = None,
    approved_by: SecondOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ban a SKU and pin another in its place, both or neither."""
    from xuanpin.pipelines.overrides.deciding import swapped

    gone = _asked("ban", sku_id, reason, author, first_list_date, until)
    _decide(home, config, as_json, swapped(gone, other, _second(approved_by)))


@app.command("clear-danger")
def clear_danger(
    sku_id: SkuArgument,
    reason: ReasonOption,
    author: AuthorOption,
    approved_by: Annotated[str, typer.Option("--approved-by", help="Who else has looked; not the author.")],
    home: HomeOption,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a SKU's hold for danger from tonight on, after two people have looked; a newer report holds it again."""
    asked = _asked("clear", sku_id, reason, author, None, None)
    second = read_words(approved_by, "--approved-by", phrase("who else has looked"))
    _decide(home, config, as_json, [replace(asked, approved_by=second)])


@overrides_app.command("export")
def overrides_export(
    file: Annotated[Path, typer.Argument(help="Where to write the sheet: .csv or .xlsx.")],
    home: HomeOption,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write every pin, ban and cleared hold to a sheet, to be edited and imported."""
    from xuanpin.pipelines.overrides import latest_overrides
    from xuanpin.pipelines.overrides.sheet import write_sheet

    with latest_night(Home(home), config) as night:
        found = latest_overrides(night)
    write_sheet(file, found)
    told = phrase(
        "{overrides:,} overrides written to {file}; edit, add rows and import it",
        overrides=len(found),
        file=file,
    )
    show({"file": file, "overrides": len(found)}, told, as_json)


@overrides_app.command("import")
def overrides_import(
    file: Annotated[Path, typer.Argument(help="The edited sheet, or the report's workbook.")],
    home: HomeOption,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import new and changed rows of a sheet; with one faulty row nothing is stored."""
    from xuanpin.pipelines.overrides.deciding import decide, decided_lines
    from xuanpin.pipelines.overrides.sheet import read_sheet

    requests = read_sheet(file)
    decided = decide(Home(home), load_settings(config), datetime.now(BEIJING), requests)
    facts = {"file": file, "rows": len(requests)} | _stored(decided)
    told = (_imported(len(decided.added), len(requests)), *decided_lines(decided))
    show(facts, joined(told, "\n"), as_json)


def _imported(added: int, rows: int) -> Phrase:
    """Say how many of the `rows` of a sheet are new."""
    if not added:
        return phrase("nothing is new in {rows:,} rows; nothing was stored", rows=rows)
    return phrase(
        "{count} of {rows:,} rows new or changed and stored",
        count=added,
        rows=rows,
    )


@app.command()
def card(
    agent_id: Annotated[str, typer.Argument(help="The agent.")],
    home: HomeOption,
    list_date: ListDateOption = None,
    form: Annotated[Literal["text", "html"], typer.Option("--format", help="Text for a chat, or a page.")] = "text",
    language: Annotated[Literal["zh", "en"], typer.Option("--lang", help="Language of the card.")] = "zh",
) -> None:
    """Print an agent's SKUs as a card to forward to her."""
    from xuanpin.pipelines.explain import agent_facts
    from xuanpin.pipelines.reporting.card import card_page, card_text

    facts = agent_facts(Home(home), agent_id, read_list_date(list_date))
    say(card_page(facts, language) if form == "html" else card_text(facts, language))


def _asked(
    action: str, sku_id: str, reason: str, author: str, first_list_date: str | None, until: str | None
) -> OverrideRequest:
    from xuanpin.pipelines.overrides.deciding import asked_override

    return asked_override(
        action,
        sku_id,
        read_words(reason, "--reason", phrase("why")),
        read_words(author, "--author", phrase("who decides")),
        starts_on=_date(first_list_date, "--from"),
        ends_on=_date(until, "--until"),
    )


def _decide(home: Path, config: Path | None, as_json: bool, requests: Sequence[OverrideRequest]) -> None:
    from xuanpin.pipelines.overrides.deciding import decide, decided_lines

    decided = decide(Home(home), load_settings(config), datetime.now(BEIJING), requests)
    told = joined(decided_lines(decided), "\n") or _stands([request.place for request in requests])
    show(_stored(decided), told, as_json)


def _stored(decided: Decided) -> dict[str, Any]:
    return {"stored": [asdict(override) for override in decided.added]}


def _stands(places: list[str]) -> Phrase:
    if len(places) == 1:
        return phrase("{place} is in force already", place=places[0])
    return phrase("{places} are in force already", places=listed(places))


def _second(text: str | None) -> str | None:
    return None if text is None else clean_words(text) or None


def _date(text: str | None, option: str) -> date | None:
    return None if text is None else read_date(text, option)
