"""Says what was found, understood, missing and written, in words for a terminal and as facts for programs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xuanpin.pipelines.connect.connection import Connection, Group
from xuanpin.pipelines.connect.plan import TablePlan
from xuanpin.pipelines.connect.questions import LEAVE_OUT, Question
from xuanpin.pipelines.connect.recognised import column_name, table_name
from xuanpin.pipelines.connect.samples import sample
from xuanpin.pipelines.connect.understanding import Understanding, Written
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, as_is, joined, listed, phrase

_SHOWN = 12
"""Headers that stay out and are named."""


def overview(connection: Connection, understanding: Understanding) -> Phrase:
    """Return the table of files: what each is, and how many of its columns are read, asked about and left out."""
    lines = [phrase("Files below {folder}:", folder=connection.folder.name or ".")]
    lines += [_file_line(group, understanding) for group in connection.groups]
    lines += [phrase("  {place}: NOT READ: {why}", place=file.place, why=file.why) for file in connection.unread]
    return joined(lines, "\n")


def _file_line(group: Group, understanding: Understanding) -> Phrase:
    plans = [plan for plan in understanding.plans if _reads(plan.group, group)]
    asked = sum(question.key.startswith(group.key) for question in understanding.questions)
    used = {header for plan in plans for header in plan.headers.values()}
    return phrase(
        "  {file} → {tables}: {rows:,} rows; columns: {right} read, {asked} asked about, {out} left out",
        file=group.key,
        tables=joined([table_name(plan.table) for plan in plans]) or phrase("left out"),
        rows=group.export.row_count,
        right=len(used),
        asked=asked,
        out=len(group.export.headers) - len(used),
    )


def _reads(whole: Group, group: Group) -> bool:
    """Tell whether a `group` of exports is a `whole`, or one of several archives that are read together."""
    return whole.key == group.key or (whole.rooms is not None and set(group.places) <= set(whole.places))


def details(understanding: Understanding) -> Phrase:
    """Return, table by table, which column is what, with masked values, and what was made or assumed."""
    return joined([line for plan in understanding.plans for line in _plan_lines(plan)], "\n")


def _plan_lines(plan: TablePlan) -> Iterator[Phrase]:
    yield phrase("{table} from {file}:", table=table_name(plan.table), file=plan.group.key)
    for column, header in plan.headers.items():
        values = as_is(" · ".join(sample(plan.group.export, header, column)))
        yield phrase(
            "  {header} = {column}: {values}", header=header, column=column_name(plan.table, column), values=values
        )
    for column, words in plan.values.items():
        pairs = joined([f"{word} = {ours}" for word, ours in words.items()])
        yield phrase("  words of {column}: {pairs}", column=column_name(plan.table, column), pairs=pairs)
    for column, made in plan.made.items():
        yield phrase("  {column}: {why}", column=column_name(plan.table, column), why=made.why)
    yield from (phrase("  {sentence}", sentence=sentence) for sentence in plan.assumed)
    refused = plan.group.finding.refused if plan.group.finding.table == plan.table else {}
    for header, why in refused.items():
        yield phrase("  {header} is never read: {why}", header=header, why=why)
    if plan.left_out:
        yield phrase("  not read: {names}", names=listed(plan.left_out, _SHOWN))


def missing_text(understanding: Understanding) -> Phrase:
    """Return everything that is missing, with what it costs; nothing where all is there."""
    missing = understanding.missing
    lines: list[Phrase] = []
    if missing.told:
        lines.append(phrase("Missing, and what it costs:"))
        lines += [phrase("  {sentence}", sentence=sentence) for sentence in missing.told]
    if missing.refused:
        lines.append(phrase("Missing, and without it no night runs: {names}", names=joined(missing.refused)))
    return joined(lines, "\n")


def taken_text(understanding: Understanding) -> Phrase:
    """Return the answers that were taken unasked, one a line."""
    if not understanding.taken:
        return NOTHING
    lines = [
        phrase("  {key}: left out", key=key)
        if value == LEAVE_OUT
        else phrase("  {key} = {value}", key=key, value=value)
        for key, value in understanding.taken.items()
    ]
    return joined((phrase("Not sure, and taken because of --yes:"), *lines), "\n")


def written_text(connection: Connection, written: Written, check: Phrase) -> Phrase:
    """Return what was written, what `check` says of it, and the next command."""
    names = joined([str(file) for file in written.files])
    return joined((phrase("Written: {names}", names=names), check, _next(connection, written)), "\n")


def _next(connection: Connection, written: Written) -> Phrase:
    if written.as_of is None or any(entry.refusals for entry in written.found):
        return phrase(
            "Mend what is refused in the exports or in {file}, and run `{command}`",
            file=written.files[0].name,
            command=check_command(connection, written),
        )
    command = phrase("Next: {command}", command=night_command(connection.folder, written))
    return joined((_key(written), command), "\n")


def _key(written: Written) -> Phrase:
    """Say how to set the key that nights need; nothing where it is set or not needed."""
    if not written.key_variable:
        return NOTHING
    return phrase(
        "Customers are known only by their names or telephones, which are not stored: nights hash them with a key. "
        "Make one, keep it, and set it for every night: {command}",
        command=f"export {written.key_variable}=$(openssl rand -hex 32)",
    )


def check_command(connection: Connection, written: Written) -> str:
    """Return the command that reads the exports by what was written."""
    return f"xuanpin check --sources {_typed(connection.folder)} --config {_typed(written.files[0])}"


def night_command(folder: Path, written: Written) -> str:
    """Return the command of the first night on the exports in `folder`, in a new home beside the settings."""
    sources, home, config = folder, written.files[0].parent / "home", written.files[0]
    paths = f"--sources {_typed(sources)} --home {_typed(home)} --config {_typed(config)}"
    return f"xuanpin nightly --as-of {written.as_of} {paths}"


def _typed(path: Path) -> str:
    """Return a path as a shell reads it."""
    return shlex.quote(str(path))


def question_text(question: Question, number: int, count: int) -> Phrase:
    """Return a question as a terminal asks it, the `number`th of `count` so far, with its choices by number."""
    values = as_is(" · ".join(question.samples))
    lines = [phrase("Question {number} of {count}: {text}", number=number, count=count, text=question.text)]
    lines += [phrase("  for instance {values}", values=values)] if question.samples else []
    lines += [
        phrase("  {number} {meaning} (proposed)", number=place, meaning=choice.means)
        if choice.value == question.proposal
        else phrase("  {number} {meaning}", number=place, meaning=choice.means)
        for place, choice in enumerate(question.choices, start=1)
    ]
    return joined(lines, "\n")


def facts(connection: Connection, understanding: Understanding, written: Written | None = None) -> dict[str, Any]:
    """Return all of it for programs; values of columns only as samples, masked where they identify a person."""
    return {
        "folder": str(connection.folder),
        "files": [_group_facts(group) for group in connection.groups],
        "unread": [{"file": file.place, "why": file.why} for file in connection.unread],
        "tables": [_plan_facts(plan) for plan in understanding.plans],
        "questions": [_question_facts(question) for question in understanding.questions],
        "taken": dict(understanding.taken),
        "missing": {
            "stand_ins": dict(understanding.missing.stand_ins),
            "prices": list(understanding.missing.told),
            "refused": list(understanding.missing.refused),
        },
        "written": [str(file) for file in written.files] if written else [],
        "as_of": written.as_of if written else None,
        "is_ready": written is not None and not any(entry.refusals for entry in written.found),
    }


def _group_facts(group: Group) -> dict[str, Any]:
    finding = group.finding
    return {
        "file": group.key,
        "places": list(group.places),
        "rows": group.export.row_count,
        "table": finding.table,
        "certainty": finding.certainty,
        "why": finding.why,
    }


def _plan_facts(plan: TablePlan) -> dict[str, Any]:
    columns = {
        header: {"column": column, "samples": list(sample(plan.group.export, header, column))}
        for column, header in plan.headers.items()
    }
    return {
        "table": plan.table,
        "file": plan.group.key,
        "columns": columns,
        "values": plan.values,
        "made": {column: made.why for column, made in plan.made.items()},
        "left_out": plan.left_out,
    }


def _question_facts(question: Question) -> dict[str, Any]:
    return {
        "key": question.key,
        "text": question.text,
        "samples": list(question.samples),
        "choices": [{"value": choice.value, "means": choice.means} for choice in question.choices],
        "proposal": question.proposal,
    }
