"""Verbs that export messages for labelling and import merchandisers' labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xuanpin.pipelines.cli.options import ConfigOption, HomeOption, latest_night
from xuanpin.pipelines.cli.speech import say
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.typed.phrase import phrase
from xuanpin.pipelines.typed.phrases import counted

app = typer.Typer(help="Teach the reading of chat with your own labels.", no_args_is_help=True)


@app.command("export")
def label_export(
    file: Annotated[Path, typer.Argument(help="Where to write the sheet: .csv or .xlsx.")],
    home: HomeOption,
    config: ConfigOption = None,
    count: Annotated[int, typer.Option(min=1, help="Messages to label.")] = 200,
) -> None:
    """Write a sheet of redacted messages, chosen where the model is unsure, to be labelled by hand."""
    from xuanpin.pipelines.feedback.labels import export_labels

    with latest_night(Home(home), config) as night:
        rows = export_labels(night, file, count)
    say(
        phrase(
            "{messages} written to {file}; fill in the label column, correct the aspects and import it",
            messages=counted(rows, "message"),
            file=file,
        )
    )


@app.command("import")
def label_import(
    file: Annotated[Path, typer.Argument(help="The filled sheet.")], home: HomeOption, config: ConfigOption = None
) -> None:
    """Import a filled sheet; the next learning uses it."""
    from xuanpin.pipelines.feedback.labels import import_labels

    with latest_night(Home(home), config) as night:
        rows = import_labels(night, file)
    if not rows:
        say(phrase("no row of {file} has a label; fill in the label column and import it again", file=file))
        return
    say(
        phrase(
            "{labels} imported; the next learning uses it"
            if rows == 1
            else "{labels} imported; the next learning uses them",
            labels=counted(rows, "label"),
        )
    )
