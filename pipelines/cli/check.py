"""The verb that checks a folder of drops before a night reads it."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from xuanpin.pipelines.cli.options import ConfigOption, JsonOption, show
from xuanpin.pipelines.cli.progress import ProgressOption, at_work
from xuanpin.pipelines.context import BEIJING
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.settings import load_settings
from xuanpin.pipelines.typed.phrase import phrase

app = typer.Typer()


@app.command()
def check(
    sources: Annotated[Path, typer.Option("--sources", envvar="XUANPIN_SOURCES", help="Folder of source drops.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
    progress: ProgressOption = "auto",
) -> None:
    """Read all drops as a first night would, without a home, and report everything that is wrong or missing.

    Exit code 3 if a night would refuse them.
    """
    from xuanpin.pipelines.explained.check import check_text
    from xuanpin.pipelines.ingest.checking import check_facts, check_sources

    # What is told is printed below, once and by table.
    logging.getLogger("xuanpin").addHandler(logging.NullHandler())
    with at_work(phrase("check of the drops"), progress):
        found = check_sources(sources, load_settings(config), datetime.now(BEIJING))
    show(check_facts(found), check_text(found), as_json)
    if any(entry.refusals for entry in found):
        raise typer.Exit(InputRefused.exit_code)
