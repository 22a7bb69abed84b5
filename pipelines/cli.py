"""`xuanpin …`: one function a verb; it and the scheduler take the same path through `pipelines.nightly`."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines.errors import UsageError, XuanpinError
from pipelines.night import Home, Night
from pipelines.nightly import BEIJING, STEPS, Ask, Step, open_night, run_night
from pipelines.settings import Settings, load_settings

app = typer.Typer(
    name="xuanpin",
    help="Choose tomorrow's goods and give every agent the ones she can recommend with confidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
explain_app = typer.Typer(help="Tell why, from the published tables.", no_args_is_help=True)
app.add_typer(explain_app, name="explain")
label_app = typer.Typer(help="Teach the reading of chat with your own labels.", no_args_is_help=True)
app.add_typer(label_app, name="label")

HomeOption = Annotated[Path, typer.Option("--home", help="Folder of the deployment.")]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="Settings file (TOML); the defaults run the demo.")]
ListDateOption = Annotated[str | None, typer.Option("--list-date", help="YYYY-MM-DD; the latest list when left out.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command()
def nightly(
    as_of: Annotated[str, typer.Option("--as-of", help="Last closed business day, YYYY-MM-DD.")],
    home: HomeOption,
    sources: Annotated[Path | None, typer.Option("--sources", help="Folder of source drops.")] = None,
    config: ConfigOption = None,
) -> None:
    """Do one night: read the drops, score, choose and match, check, publish and report."""
    ask = Ask(_date(as_of, "--as-of"), Home(home), sources, load_settings(config), datetime.now(BEIJING))
    with _progress() as progress:
        bar = progress.add_task(f"night {as_of}", total=len(STEPS))

        def on_step(step: Step) -> None:
            progress.update(bar, description=f"night {as_of}: {step.name}", advance=1)

        run_night(ask, on_step)
    _print_status(ask.home, ask.as_of_date, ask.settings)


@app.command()
def demo(
    home: HomeOption = Path("xuanpin-demo"),
    seed: Annotated[int, typer.Option(help="Seed of the demo platform.")] = 7,
    nights: Annotated[int, typer.Option(min=1, help="Nights to run, ending as of 2026-11-21.")] = 7,
    agents: Annotated[int | None, typer.Option(min=1, help="Agents of the demo platform.")] = None,
    skus: Annotated[int | None, typer.Option(min=1, help="SKUs of the demo platform.")] = None,
    order_lines: Annotated[int | None, typer.Option(min=1, help="Order lines; 10,000,000 is a large platform.")] = None,
) -> None:
    """Make a believable platform from a seed, run a week of nights on it and say where the report is."""
    from pipelines.demo.run import run_demo

    with _progress() as progress:
        bar = progress.add_task("demo platform", total=None)

        def on_stage(text: str, done: int, total: int) -> None:
            progress.update(bar, description=text, completed=done, total=total)

        run_demo(Home(home), seed, nights, {"agents": agents, "skus": skus, "order_lines": order_lines}, on_stage)
    _print_status(Home(home), None, Settings())


@app.command()
def simulate(
    nights: Annotated[int, typer.Option(min=1, help="Nights each policy decides.")] = 21,
    seeds: Annotated[str, typer.Option(help="Seeds of the worlds, with commas between them.")] = "1,2,3,4,5",
    scale: Annotated[str, typer.Option(help="Size of the worlds: tiny, demo or sim (300 agents).")] = "sim",
    home: Annotated[Path | None, typer.Option("--home", help="Folder to keep the worlds and homes in.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let Xuanpin and plainer policies decide for copies of the same worlds and compare what came of it."""
    from pipelines.demo.closed_loop import Plan, comparison, comparison_text, scale_named, simulate

    plan = Plan(_numbers(seeds, "--seeds"), nights, scale_named(scale), load_settings(config))
    with _folder(home) as folder, _progress() as progress:
        bar = progress.add_task("simulation", total=None)

        def on_stage(text: str, done: int, total: int) -> None:
            progress.update(bar, description=text, completed=done, total=total)

        facts = comparison(simulate(plan, folder, on_stage))
    _print(facts, comparison_text(facts), as_json)


@app.command()
def backtest(
    home: HomeOption,
    first: Annotated[str, typer.Option("--from", help="As-of date of the first night, YYYY-MM-DD.")],
    last: Annotated[str, typer.Option("--to", help="As-of date of the last night, YYYY-MM-DD.")],
    replay: Annotated[bool, typer.Option("--replay", help="Run published nights anew too, by these settings.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold past nights, each knowing only what was known then, against what happened next; the home is not changed."""
    from pipelines.backtest import Question, backtest
    from pipelines.backtest_measures import backtest_text

    question = Question(Home(home), _date(first, "--from"), _date(last, "--to"), load_settings(config), replay)
    with _progress() as progress:
        bar = progress.add_task("back-test", total=len(question.list_dates))
        facts = backtest(question, lambda night: progress.update(bar, description=f"night as of {night}", advance=1))
    _print(facts, backtest_text(facts), as_json)


@app.command()
def status(
    home: HomeOption, list_date: ListDateOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Say what is published for a list date and whether a run now would give another list."""
    from pipelines.explain import status_facts, status_text

    facts = status_facts(Home(home), _optional_date(list_date), load_settings(config))
    _print(facts, status_text(facts), as_json)


@app.command()
def report(home: HomeOption, list_date: ListDateOption = None, as_json: JsonOption = False) -> None:
    """Say where the merchandiser's report and workbook of a list date are."""
    from pipelines.shelf import require_run, run_folder

    run = require_run(Home(home), _optional_date(list_date))
    folder = run_folder(Home(home), run)
    facts = {
        "list_date": run.list_date,
        "report": str(folder / "report.html"),
        "workbook": str(folder / "report.xlsx"),
    }
    _print(facts, f"{facts['report']}\n{facts['workbook']}", as_json)


@explain_app.command("sku")
def explain_sku(sku_id: str, home: HomeOption, list_date: ListDateOption = None, as_json: JsonOption = False) -> None:
    """Tell why a SKU is or is not on the list, with its numbers and what would change the decision."""
    from pipelines.explain import sku_facts, sku_text

    facts = sku_facts(Home(home), sku_id, _optional_date(list_date))
    _print(facts, sku_text(facts), as_json)


@explain_app.command("agent")
def explain_agent(
    agent_id: str, home: HomeOption, list_date: ListDateOption = None, as_json: JsonOption = False
) -> None:
    """Tell which goods an agent gets, why these, and why not more."""
    from pipelines.explain import agent_facts, agent_text

    facts = agent_facts(Home(home), agent_id, _optional_date(list_date))
    _print(facts, agent_text(facts), as_json)


@app.command("data-docs")
def data_docs(
    folder: Annotated[Path, typer.Argument(help="Where to write the pages.")],
    home: HomeOption,
    config: ConfigOption = None,
) -> None:
    """Write Great Expectations' pages on the checks of the latest night, rule by rule."""
    from pipelines.quality import write_data_docs

    with _latest_night(Home(home), config) as night:
        write_data_docs(night, folder)
    typer.echo(f"written to {folder}")


@app.command()
def contract(table: Annotated[str, typer.Argument(help="A source or published table.")]) -> None:
    """Print a table's contract as one complete document in the Open Data Contract Standard."""
    import yaml

    from pipelines.contracts import TABLES, complete_document

    known = TABLES["source"] + TABLES["published"]
    if table not in known:
        raise UsageError(f"there is no contract for table {table}; there is one for {', '.join(known)}")
    typer.echo(yaml.safe_dump(complete_document(table), allow_unicode=True, sort_keys=False))


@label_app.command("export")
def label_export(
    file: Annotated[Path, typer.Argument(help="Where to write the sheet: .csv or .xlsx.")],
    home: HomeOption,
    config: ConfigOption = None,
    count: Annotated[int, typer.Option(min=1, help="Messages to label.")] = 200,
) -> None:
    """Write a sheet of redacted messages, picked where the model is unsure, to be labelled by hand."""
    from pipelines.labels import export_labels

    with _latest_night(Home(home), config) as night:
        rows = export_labels(night, file, count)
    typer.echo(f"{rows} messages written to {file}; fill in the label column and import it")


@label_app.command("import")
def label_import(
    file: Annotated[Path, typer.Argument(help="The filled sheet.")], home: HomeOption, config: ConfigOption = None
) -> None:
    """Take a filled sheet in; the next learning uses it."""
    from pipelines.labels import import_labels

    with _latest_night(Home(home), config) as night:
        rows = import_labels(night, file)
    typer.echo(f"{rows} labels taken in; the next learning uses them")


@app.command()
def learn(
    as_of: Annotated[str, typer.Option("--as-of", help="Learn from what was known at the end of this day.")],
    home: HomeOption,
    config: ConfigOption = None,
) -> None:
    """Do the weekly learning now; a model that is not better than the one in use is set aside."""
    from pipelines.learning import learn_now

    ask = Ask(_date(as_of, "--as-of"), Home(home), None, load_settings(config), datetime.now(BEIJING))
    with open_night(ask) as night:
        messages, models = learn_now(night)
    typer.echo(f"learnt from {messages} messages; {models} new model in use")


def main() -> None:
    """Run the command line; a failure a user can act on prints one message and leaves with its exit code."""
    try:
        app(standalone_mode=False)
    except XuanpinError as error:
        _complain(str(error))
        sys.exit(error.exit_code)
    except typer.Abort:
        sys.exit(130)
    except typer.TyperException as error:
        _complain(f"{error.format_message()} See xuanpin --help.")
        sys.exit(UsageError.exit_code)


def _latest_night(home: Home, config: Path | None) -> AbstractContextManager[Night]:
    """The home opened for the as-of date of its latest list."""
    from pipelines.shelf import require_run

    as_of = date.fromisoformat(require_run(home).as_of_date)
    return open_night(Ask(as_of, home, None, load_settings(config), datetime.now(BEIJING)))


def _complain(message: str) -> None:
    Console(stderr=True, soft_wrap=True).print(f"xuanpin: {message}", style="red", markup=False, highlight=False)


def _date(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} {text!r} is not a date; write it as YYYY-MM-DD, for example 2026-11-21") from error


def _numbers(text: str, option: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError as error:
        raise UsageError(f"{option} {text!r} is not a list of numbers; write it as 1,2,3") from error


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """The named folder, which must be empty, or one that is gone afterwards."""
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="xuanpin-simulate-") as folder:
            yield Path(folder)
    elif kept.exists() and any(kept.iterdir()):
        raise UsageError(f"{kept} holds something already; name an empty folder with --home")
    else:
        yield kept


def _optional_date(text: str | None) -> date | None:
    return None if text is None else _date(text, "--list-date")


def _print(facts: dict[str, Any], text: str, as_json: bool) -> None:
    typer.echo(json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True) if as_json else text)


def _print_status(home: Home, as_of: date | None, settings: Settings) -> None:
    from pipelines.explain import headline

    typer.echo(headline(home, as_of, settings))


def _progress() -> Progress:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
