"""Verbs that show what is published and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xuanpin.pipelines.cli.options import (
    ConfigOption,
    HomeOption,
    JsonOption,
    ListDateOption,
    latest_night,
    read_list_date,
    show,
)
from xuanpin.pipelines.cli.speech import say
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.settings import load_settings
from xuanpin.pipelines.typed.names import read_name
from xuanpin.pipelines.typed.phrase import phrase

app = typer.Typer()
explain_app = typer.Typer(help="Explain decisions from the published tables.", no_args_is_help=True)
app.add_typer(explain_app, name="explain")


@app.command()
def status(
    home: HomeOption, list_date: ListDateOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Show what is published for a list date and whether a run now would give another list."""
    from xuanpin.pipelines.explain import status_facts, status_text

    facts = status_facts(Home(home), read_list_date(list_date), load_settings(config))
    show(facts, status_text(facts), as_json)


@app.command()
def report(home: HomeOption, list_date: ListDateOption = None, as_json: JsonOption = False) -> None:
    """Print where the merchandiser's report and workbook of a list date are."""
    from xuanpin.pipelines.run_store import require_run, run_folder

    run = require_run(Home(home), read_list_date(list_date))
    folder = run_folder(Home(home), run)
    facts = {
        "list_date": run.list_date,
        "report": str(folder / "report.html"),
        "workbook": str(folder / "report.xlsx"),
    }
    show(facts, f"{facts['report']}\n{facts['workbook']}", as_json)


@explain_app.command("sku")
def explain_sku(sku_id: str, home: HomeOption, list_date: ListDateOption = None, as_json: JsonOption = False) -> None:
    """Explain why a SKU is or is not on the list, with its numbers and what would change the decision."""
    from xuanpin.pipelines.explain import sku_facts, sku_text

    facts = sku_facts(Home(home), sku_id, read_list_date(list_date))
    show(facts, sku_text(facts), as_json)


@explain_app.command("agent")
def explain_agent(
    agent_id: str, home: HomeOption, list_date: ListDateOption = None, as_json: JsonOption = False
) -> None:
    """Explain which SKUs an agent gets, why these, and why not more."""
    from xuanpin.pipelines.explain import agent_facts, agent_text

    facts = agent_facts(Home(home), agent_id, read_list_date(list_date))
    show(facts, agent_text(facts), as_json)


@app.command("data-docs")
def data_docs(
    folder: Annotated[Path, typer.Argument(help="Where to write the pages.")],
    home: HomeOption,
    config: ConfigOption = None,
) -> None:
    """Write Great Expectations' pages on the checks of the latest night, rule by rule."""
    from xuanpin.pipelines.quality.step import write_data_docs

    with latest_night(Home(home), config) as night:
        write_data_docs(night, folder)
    say(phrase("written to {folder}; open {page}", folder=folder, page=folder / "index.html"))


@app.command()
def contract(table: Annotated[str, typer.Argument(help="A source, published or inner table.")]) -> None:
    """Print a table's contract as one complete document in the Open Data Contract Standard."""
    import yaml

    from xuanpin.pipelines.contracts import complete_document, table_names

    name = read_name(table, phrase("contract for table"), table_names())
    say(yaml.safe_dump(complete_document(name), allow_unicode=True, sort_keys=False))
