"""The verb that upgrades a home."""

from __future__ import annotations

import typer

from xuanpin.pipelines.cli.options import HomeOption
from xuanpin.pipelines.cli.speech import say
from xuanpin.pipelines.context import Home

app = typer.Typer()


@app.command()
def migrate(home: HomeOption) -> None:
    """Bring a home to this program's warehouse version now, as the next night would; say what was done."""
    from xuanpin.pipelines.migration import migrate_home

    say(migrate_home(Home(home)).sentence)
