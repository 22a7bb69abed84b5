"""Verbs that decide what is published: approve or reject a list, apply the cut-off, recall SKUs."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from xuanpin.pipelines.cli.delivering import delivered_after
from xuanpin.pipelines.cli.options import (
    ConfigOption,
    HomeOption,
    JsonOption,
    ListDateOption,
    list_dates,
    read_date,
    read_list_date,
    show,
)
from xuanpin.pipelines.cli.outcomes import show_outcome, show_status
from xuanpin.pipelines.cli.speech import say
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.engine import do_without_pandas
from xuanpin.pipelines.settings import load_settings
from xuanpin.pipelines.typed.names import clean_name
from xuanpin.pipelines.typed.phrase import phrase
from xuanpin.pipelines.typed.words import clean_words, read_words

app = typer.Typer()
WaitingOption = Annotated[
    str, typer.Option("--list-date", autocompletion=list_dates, help="List date that waits, YYYY-MM-DD.")
]
ByOption = Annotated[str, typer.Option("--by", help="Who decides; kept in HOME/reviews.")]


@app.command()
def review(home: HomeOption, list_date: ListDateOption = None) -> None:
    """Show what a reviewer needs in short: figures, what changed, alarms, and where the report is.

    Without --list-date: the latest list, one that waits for an answer included.
    """
    from xuanpin.pipelines.explained.review import review_summary

    say(review_summary(Home(home), read_list_date(list_date)), ends_line=False)


@app.command()
def approve(
    list_date: WaitingOption,
    by: ByOption,
    home: HomeOption,
    reason: Annotated[str | None, typer.Option("--reason", help="A remark, stored with the decision.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish a list that waits for approval or is held by a brake."""
    from xuanpin.pipelines.republishing.reviews import approve

    request = _request(list_date, home, config)
    with delivered_after(request.home, request.settings):
        approve(request, _by(by), None if reason is None else clean_words(reason) or None)
    show_status(request.home, request.as_of_date, request.settings, as_json=as_json)


@app.command()
def reject(
    list_date: WaitingOption,
    by: ByOption,
    reason: Annotated[str, typer.Option("--reason", help="Why; readers of the report see it.")],
    home: HomeOption,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Reject a list that waits; the last good list takes its place."""
    from xuanpin.pipelines.republishing.reviews import reject

    request = _request(list_date, home, config)
    with delivered_after(request.home, request.settings):
        reject(request, _by(by), _reason(reason))
    show_outcome(request, as_json=as_json)


@app.command()
def unpublish(
    list_date: Annotated[
        str, typer.Option("--list-date", autocompletion=list_dates, help="List date whose list is wrong, YYYY-MM-DD.")
    ],
    by: ByOption,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in HOME/reviews.")],
    home: HomeOption,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Withdraw a published list, such as one for a wrong day; readers see the latest one left."""
    from xuanpin.pipelines.republishing.reviews import unpublish

    request = _request(list_date, home, config)
    with delivered_after(request.home, request.settings):
        left = unpublish(request, _by(by), _reason(reason))
    shown = (
        phrase("the latest list is that of {latest}", latest=left.list_date)
        if left
        else phrase("no list is published any more")
    )
    told = phrase("list date {list_date} shows no list; {shown}", list_date=list_date, shown=shown)
    show({"list_date": list_date, "latest_list_date": left.list_date if left else None}, told, as_json)


@app.command()
def cutoff(
    list_date: WaitingOption, home: HomeOption, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Apply the setting review.on_no_answer if nobody has answered; run it when agents need the list."""
    from xuanpin.pipelines.republishing.reviews import no_answer

    request = _request(list_date, home, config)
    with delivered_after(request.home, request.settings):
        no_answer(request)
    show_outcome(request, as_json=as_json)


@app.command()
def recall(
    sku_id: str,
    reason: Annotated[str, typer.Option("--reason", help="Why; readers of the report see it.")],
    by: ByOption,
    home: HomeOption,
    list_date: ListDateOption = None,
    until: Annotated[str | None, typer.Option("--until", help="Last day it stays off, YYYY-MM-DD.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a SKU from the list and all matches now, and keep it off; an --until in the past lifts the recall."""
    do_without_pandas()
    from xuanpin.pipelines.republishing.recall import Recall, recall, recall_text
    from xuanpin.pipelines.run_store import require_run

    place, settings = Home(home), load_settings(config)
    day = read_list_date(list_date) or read_date(require_run(place).list_date, "--list-date")
    last = None if until is None else read_date(until, "--until")
    asked = Recall(clean_name(sku_id), day, _reason(reason), _by(by), datetime.now(BEIJING), last)
    with delivered_after(place, settings):
        run = recall(place, settings, asked)
    facts = {"list_date": run.list_date, "run_id": run.run_id, "state": run.state}
    show(facts | {"sku_id": asked.sku_id, "until": asked.until}, recall_text(place, run, asked), as_json)


def _by(text: str) -> str:
    return read_words(text, "--by", phrase("who decides"))


def _reason(text: str) -> str:
    return read_words(text, "--reason", phrase("why"))


def _request(list_date: str, home: Path, config: Path | None) -> RunRequest:
    as_of = read_date(list_date, "--list-date") - timedelta(days=1)
    return RunRequest(as_of, Home(home), None, load_settings(config), datetime.now(BEIJING))
