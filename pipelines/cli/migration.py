"""The verb that upgrades a home."""

from __future__ import annotations

from dataclasses import asdict

import typer

from xuanpin.pipelines.cli.options import HomeOption, JsonOption, show
from xuanpin.pipelines.cli.progress import ProgressOption, at_work
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.typed.phrase import phrase

app = typer.Typer()


@app.command()
def migrate(home: HomeOption, as_json: JsonOption = False, progress: ProgressOption = "auto") -> None:
    """Migrate a home to this program's warehouse version now, as the next night would, and say what was done."""
    from xuanpin.pipelines.migration import migrate_home

    with at_work(phrase("upgrade of the home"), progress):
        done = migrate_home(Home(home))
    show(asdict(done), done.sentence, as_json)
