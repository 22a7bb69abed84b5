"""Verbs for agents' personal links: write them to a sheet, and end those of one agent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xuanpin.pipelines.cli.options import ConfigOption, HomeOption, JsonOption, ListDateOption, read_list_date, show
from xuanpin.pipelines.cli.speech import say
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.settings import load_settings
from xuanpin.pipelines.typed.phrase import phrase

app = typer.Typer()
links_app = typer.Typer(help="Personal links by which agents open their pages: write, revoke.", no_args_is_help=True)
app.add_typer(links_app, name="links")


@links_app.command("write")
def links_write(
    file: Annotated[Path, typer.Argument(help="Where to write the sheet: .csv or .xlsx.")],
    home: HomeOption,
    list_date: ListDateOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a sheet with the personal link of each agent; give each agent only her own."""
    from xuanpin.pipelines.outbox.link_sheet import write_links

    count = write_links(Home(home), load_settings(config).desk, file, read_list_date(list_date))
    told = phrase(
        "{links:,} links written to {file}; each opens one agent's page, so keep the file to yourself",
        links=count,
        file=file,
    )
    show({"file": file, "links": count}, told, as_json)


@links_app.command("revoke")
def links_revoke(
    agent_id: Annotated[str, typer.Argument(help="Agent whose links to revoke.")], home: HomeOption
) -> None:
    """Revoke all links made for an agent so far; new ones will work."""
    from xuanpin.pipelines.outbox.link_sheet import known_agent
    from xuanpin.pipelines.outbox.links import revoke_links

    found = known_agent(Home(home), agent_id)
    revoke_links(Home(home), found)
    say(
        phrase(
            "agent {agent_id}: every link that was made until now opens nothing; write her a new one", agent_id=found
        )
    )
