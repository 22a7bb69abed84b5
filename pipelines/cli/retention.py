"""Verbs that delete: what is older than settings keep, and all that belongs to one customer."""

from __future__ import annotations

from typing import Annotated

import typer

from xuanpin.pipelines.cli.delivering import delivered_after
from xuanpin.pipelines.cli.options import ConfigOption, HomeOption, JsonOption, latest_night, show
from xuanpin.pipelines.cli.progress import ProgressOption, at_work
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.settings import load_settings
from xuanpin.pipelines.typed.bilingual import Bilingual
from xuanpin.pipelines.typed.phrase import joined, phrase

app = typer.Typer()
KINDS = {
    "runs": phrase("runs"),
    "outboxes": phrase("outboxes"),
    "exports sent to the desk": phrase("exports sent to the desk"),
    "log lines": phrase("log lines"),
    "months of the audit log": phrase("months of the audit log"),
    "messages' words": phrase("messages' words"),
}
"""What is deleted beside rows, which are called by their table."""


@app.command()
def tidy(
    home: HomeOption, config: ConfigOption = None, as_json: JsonOption = False, progress: ProgressOption = "auto"
) -> None:
    """Delete what is older than the retention settings say: runs, words, history, log lines; once a week is enough."""
    from xuanpin.pipelines.retention.retention import tidy

    delivered = delivered_after(Home(home), load_settings(config))
    with delivered, at_work(phrase("tidying"), progress), latest_night(Home(home), config) as night:
        deleted = tidy(night)
    lines = [
        phrase("{count} {kind} deleted", count=count, kind=KINDS.get(kind, Bilingual(kind, f"行 {kind}")))
        for kind, count in deleted.items()
    ]
    show(deleted, joined(lines, "\n"), as_json)


@app.command()
def forget(
    customer_id: Annotated[str, typer.Argument(help="Her id as the platform's orders have it.")],
    home: HomeOption,
    name: Annotated[
        str | None, typer.Option("--name", help="Her name, to be removed from the names that are redacted.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase one customer everywhere except in sums, and print the receipt."""
    from xuanpin.pipelines.retention.erasure import forget

    with delivered_after(Home(home), load_settings(config)), latest_night(Home(home), config) as night:
        receipt = forget(night, customer_id.strip(), name)
    lines = [
        phrase("{rows:,} rows of {table}", rows=count, table=where) for where, count in sorted(receipt["rows"].items())
    ]
    kept = phrase("receipt in {folder}", folder=Home(home).reviews)
    show(receipt, joined([phrase("forgotten:"), *lines, kept], "\n"), as_json)
