"""Verbs that export messages for labelling and import merchandisers' labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xuanpin.pipelines.cli.options import ConfigOption, HomeOption, JsonOption, latest_night, show
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.typed.phrase import Phrase, phrase

app = typer.Typer(help="Improve how chat is read with your own labels.", no_args_is_help=True)


@app.command("export")
def label_export(
    file: Annotated[Path, typer.Argument(help="Where to write the sheet: .csv or .xlsx.")],
    home: HomeOption,
    config: ConfigOption = None,
    count: Annotated[int, typer.Option(min=1, help="Messages to label.")] = 200,
    as_json: JsonOption = False,
) -> None:
    """Write a sheet of redacted messages, chosen where the model is unsure, to be labelled by hand."""
    from xuanpin.pipelines.feedback.labels import export_labels

    with latest_night(Home(home), config) as night:
        rows = export_labels(night, file, count)
    told = phrase(
        "{messages:,} messages written to {file}; fill in the label column, correct the aspects and import it",
        messages=rows,
        file=file,
    )
    show({"file": file, "messages": rows}, told, as_json)


@app.command("import")
def label_import(
    file: Annotated[Path, typer.Argument(help="The filled sheet.")],
    home: HomeOption,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a filled sheet; the next learning uses it."""
    from xuanpin.pipelines.feedback.labels import import_labels

    with latest_night(Home(home), config) as night:
        rows = import_labels(night, file)
    show({"file": file, "labels": rows}, _imported(file, rows), as_json)


def _imported(file: Path, rows: int) -> Phrase:
    """Say how many `rows` of a filled sheet were labels."""
    if not rows:
        return phrase("no row of {file} has a label; fill in the label column and import it again", file=file)
    return phrase(
        "{labels:,} labels imported for the next learning",
        labels=rows,
    )
