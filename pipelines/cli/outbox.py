"""Verbs for the last mile: messages to groups as files or as tasks of WeCom, and what came of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from xuanpin.pipelines.cli.options import (
    ConfigOption,
    HomeOption,
    JsonOption,
    ListDateOption,
    existing_home,
    latest_night,
    read_list_date,
    show,
)
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.settings import load_settings
from xuanpin.pipelines.typed.phrase import Phrase, joined, listed, phrase
from xuanpin.pipelines.typed.words import clean_words

if TYPE_CHECKING:  # what a verb does is loaded when it is asked for
    from xuanpin.pipelines.outbox.composing import Recipients
    from xuanpin.pipelines.outbox.results import Results
    from xuanpin.pipelines.outbox.sending import Sent
    from xuanpin.pipelines.outbox.writing import Written

app = typer.Typer()
outbox_app = typer.Typer(help="Messages to groups: as files, as tasks of WeCom, and what came of them.")
app.add_typer(outbox_app, name="outbox")
Way = Literal["csv", "json", "wecom"]
WRITES = "Write one message for each group that has had none that day; repeating it writes nothing more."


@outbox_app.callback(invoke_without_command=True, help=WRITES)
def outbox(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option("--home", envvar="XUANPIN_HOME", help="Folder of the deployment.")
    ] = None,
    list_date: ListDateOption = None,
    way: Annotated[Way, typer.Option("--format", help="A sheet, JSON lines, or requests for a gateway.")] = "csv",
    out: Annotated[Path | None, typer.Option("--out", help="Folder that gets a copy of the file.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write messages, unless the `context` names a verb below this one, whose options are its own.

    `home`, `out`, `as_json` and the others are as their options say. Raises UsageError where no home is named.
    """
    if context.invoked_subcommand is not None:
        return
    from xuanpin.pipelines.outbox.writing import write_outbox

    if home is None:
        raise UsageError(phrase("--home is missing; name the folder of the deployment, or set XUANPIN_HOME"))
    settings, day = load_settings(config), read_list_date(list_date)
    now = datetime.now(BEIJING)
    done = write_outbox(Home(existing_home(home)), settings.outbox, day, way, now, out, settings.desk)
    told = phrase(
        "list date {list_date}: {messages:,} messages written, {before} before",
        list_date=done.run.list_date,
        messages=done.new,
        before=done.held,
    )
    facts = {"list_date": done.run.list_date, "new": done.new} | _common(done)
    show(facts, _text([told, *_withdrawn(done.withdrawn), *_left_out(done.recipients)], done.files), as_json)


@outbox_app.command("send")
def outbox_send(
    home: HomeOption, list_date: ListDateOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Hand the messages to the platform's gateway as tasks of WeCom; each agent taps to send hers."""
    from xuanpin.pipelines.outbox.gateway import Gateway
    from xuanpin.pipelines.outbox.sending import send

    settings = load_settings(config).outbox
    with Gateway(settings, os.environ) as gateway:
        done = send(Home(home), settings, read_list_date(list_date), gateway, clock=lambda: datetime.now(BEIJING))
    told = phrase("{messages:,} messages handed over, {before} before", messages=len(done.handed), before=done.held)
    lines = [told, *_open_ends(done), *_withdrawn(done.withdrawn), *_left_out(done.recipients)]
    facts = {"handed": done.handed, "stopped": done.stopped, "refused": dict(done.refused), "unclear": done.unclear}
    show(facts | _common(done), _text(lines, done.files), as_json)


def _common(done: Sent | Written) -> dict[str, Any]:
    """Return what programs are told of writing and of sending alike."""
    return {
        "before": done.held,
        "withdrawn": done.withdrawn,
        "files": done.files,
        "agents_without_group": done.recipients.without_group,
        "agents_without_match": done.recipients.without_match,
    }


def _open_ends(done: Sent) -> list[Phrase]:
    stopped = phrase("{tasks:,} tasks stopped: a SKU in it has left the list", tasks=done.stopped)
    unclear = phrase(
        "{messages:,} messages without an answer: {ids}; run the command again in a quarter of an hour: "
        "WeCom is asked first",
        messages=len(done.unclear),
        ids=listed(done.unclear),
    )
    refused = _failed(phrase("refused"), [(group, why) for group, why in done.refused])
    return [*([stopped] if done.stopped else []), *refused, *([unclear] if done.unclear else [])]


def _failed(what: Phrase, groups: Sequence[tuple[str, str]]) -> list[Phrase]:
    """Say what became of the messages of `groups`, each with its reason."""
    named = [phrase("{group} ({why})", group=group, why=why) for group, why in groups]
    told = phrase("{count:,} messages {what}: {groups}", count=len(named), what=what, groups=listed(named))
    return [told] if named else []


@outbox_app.command("results")
def outbox_results(
    home: HomeOption, list_date: ListDateOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Ask what became of the tasks; SKUs that agents sent are stored as accepted, for tonight to read."""
    from xuanpin.pipelines.outbox.gateway import Gateway
    from xuanpin.pipelines.outbox.ledger import open_ledger
    from xuanpin.pipelines.outbox.results import ask_results, note_results, store_results
    from xuanpin.pipelines.outbox.sending import settle
    from xuanpin.pipelines.run_store import require_run

    place, settings = Home(home), load_settings(config).outbox
    day = read_list_date(list_date) or date.fromisoformat(require_run(place).list_date)
    with Gateway(settings, os.environ) as gateway, open_ledger(place, day) as ledger:
        settle(ledger, settings, gateway, datetime.now(BEIJING))
        found, stored = ask_results(ledger, gateway), 0
        if found.sent:
            with latest_night(place, config) as night:
                stored = len(store_results(night, ledger, day, found))
        else:
            note_results(ledger, found, datetime.now(BEIJING))
    facts = {"sent": [entry.group_id for entry in found.sent], "waiting": found.waiting, "answers_stored": stored}
    unlike = {"failed": found.failed, "unknown": found.unknown}
    named = {what: {entry.group_id: why for entry, why in rows} for what, rows in unlike.items()}
    show(facts | named, _text(_result_lines(found, stored)), as_json)


@outbox_app.command("answer")
def outbox_answer(
    code: Annotated[str, typer.Argument(help="The code in the agent's note.")],
    answer: Annotated[str, typer.Argument(help="accepted or declined (采纳, 婉拒).")],
    home: HomeOption,
    reason: Annotated[str | None, typer.Option("--reason", help="Why she declines, such as price.")] = None,
    comment: Annotated[str | None, typer.Option("--comment", help="What she adds, in her own words.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record an agent's answer to a SKU by its code; her latest answer counts, from tonight on."""
    from xuanpin.pipelines.outbox.answering import answer_by_code

    added = None if comment is None else clean_words(comment) or None
    with latest_night(Home(home), config) as night:
        said = answer_by_code(night, code, answer, reason, added)
    told = phrase(
        "agent {agent_id}, SKU {sku_id}, list date {list_date}: {answer}; tonight reads it",
        agent_id=said.agent_id,
        sku_id=said.sku_id,
        list_date=said.list_date,
        answer=said.answer,
    )
    facts = {name: getattr(said, name) for name in ("agent_id", "sku_id", "list_date", "answer")}
    show(facts, told, as_json)


def _result_lines(found: Results, stored: int) -> list[Phrase]:
    sent = phrase(
        "{messages:,} messages sent, {waiting} not yet; {answers:,} answers stored",
        messages=len(found.sent),
        waiting=found.waiting,
        answers=stored,
    )
    failed = _failed(phrase("not sent"), [(entry.group_id, why) for entry, why in found.failed])
    return [sent, *failed, *_failed(phrase("unknown"), [(entry.group_id, why) for entry, why in found.unknown])]


def _withdrawn(count: int) -> list[Phrase]:
    if not count:
        return []
    return [
        phrase(
            "{messages:,} messages with SKUs that have left the list: tell the agents what the file says",
            messages=count,
        )
    ]


def _left_out(recipients: Recipients) -> list[Phrase]:
    none = {
        phrase("matches and no group"): recipients.without_group,
        phrase("groups and no match"): recipients.without_match,
    }
    return [
        phrase("{agents:,} agents with {what}: {ids}", agents=len(agents), what=what, ids=listed(agents))
        for what, agents in none.items()
        if agents
    ]


def _text(lines: Sequence[str], files: Sequence[Path] = ()) -> Phrase:
    return joined([*lines, *(phrase("File: {path}", path=path) for path in files)], "\n")
