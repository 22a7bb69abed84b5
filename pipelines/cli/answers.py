"""Verbs for agent operations: what agents answer to their matches."""

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
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, joined, phrase

app = typer.Typer()
answers_app = typer.Typer(
    help="Export a sheet for agents' answers to their matches, and import the filled one.", no_args_is_help=True
)
app.add_typer(answers_app, name="answers")


@answers_app.command("export")
def answers_export(
    file: Annotated[Path, typer.Argument(help="Where to write the sheet: .csv or .xlsx.")],
    home: HomeOption,
    list_date: ListDateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the matches and alternates of a list date to a sheet, to be filled with what the agents say."""
    from xuanpin.pipelines.answers.sheet import export_sheet

    count = export_sheet(Home(home), file, read_list_date(list_date))
    told = phrase(
        "{count:,} matches and alternates written to {file}; fill in the column answer and import it",
        count=count,
        file=file,
    )
    show({"file": file, "rows": count}, told, as_json)


@answers_app.command("import")
def answers_import(
    file: Annotated[Path, typer.Argument(help="The filled sheet.")],
    home: HomeOption,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import new and changed answers of a sheet; with one faulty row nothing is stored."""
    from xuanpin.pipelines.answers import late_picks, store_answers
    from xuanpin.pipelines.answers.sheet import read_sheet

    answers = read_sheet(file)
    with latest_night(Home(home), config) as night:
        added = store_answers(night, answers)
        late = late_picks(added, night.now.date())
    stored = phrase(
        "{count} of {answers:,} answers new or changed and stored; tonight reads them",
        count=len(added),
        answers=len(answers),
    )
    facts = {"file": file, "answers": len(answers), "stored": len(added), "late_own_picks": len(late)}
    show(facts, joined((stored, _late(len(late))), "\n"), as_json)


def _late(count: int) -> Phrase:
    """Say that `count` own picks came too late for their list; nothing where none did."""
    if not count:
        return NOTHING
    return phrase(
        "{picks:,} own picks for a list that is made already: noted, and changes no match; to have it matched, "
        "propose it for tomorrow's list date",
        picks=count,
    )


@answers_app.command("suggestions")
def answers_suggestions(home: HomeOption, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Suggest changes of personas from agents' answers; nothing is changed."""
    from xuanpin.pipelines.answers.suggestions import find_suggestions, suggestions_text

    with latest_night(Home(home), config) as night:
        rows = find_suggestions(night)
    show({"suggestions": rows}, suggestions_text(rows), as_json)
