"""Writes messages as files for a messenger: a sheet, JSON lines, or the requests that a gateway to WeCom reads."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TextIO

from xuanpin.pipelines import run_store
from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.outbox import wecom
from xuanpin.pipelines.outbox.message import Message
from xuanpin.pipelines.outbox.wording import withdrawal
from xuanpin.pipelines.typed.cells import harmless

Way = Literal["csv", "json", "wecom"]
ENDINGS: Mapping[str, str] = {"csv": "csv", "json": "jsonl", "wecom": "wecom.jsonl"}
COLUMNS = ("message_id", "list_date", "run_id", "agent_id", "group_id", "sku_ids", "text", "links", "note")
WITHDRAWN_COLUMNS = ("message_id", "list_date", "agent_id", "group_id", "sku_id", "title", "note")


def messages_file(batch: int, way: str) -> str:
    """Return the name of the file of a `batch` that is written one `way`."""
    return f"messages-{batch:03d}.{ENDINGS[way]}"


def withdrawn_file(batch: int) -> str:
    """Return the name of the file of a `batch` that says which SKUs to withdraw."""
    return f"withdrawn-{batch:03d}.csv"


def write_messages(path: Path, way: str, messages: Iterable[Message]) -> None:
    """Write `messages` to `path` one `way`, in one step; the same messages give the same bytes."""
    with run_store.replacing(path) as out:
        if way == "csv":
            _write_sheet(out, COLUMNS, map(_row, messages))
        else:
            out.writelines(_line(_request(made) if way == "wecom" else made.as_json()) for made in messages)


def write_withdrawn(path: Path, gone: Iterable[tuple[Message, str]], language: Language) -> None:
    """Write which SKUs to withdraw from which messages (`gone`), with what their agents are told in `language`."""
    with run_store.replacing(path) as out:
        _write_sheet(out, WITHDRAWN_COLUMNS, (_withdrawn_row(message, sku, language) for message, sku in gone))


def _withdrawn_row(message: Message, sku_id: str, language: Language) -> list[str]:
    title = next(line.title for line in message.skus if line.sku_id == sku_id)
    told = withdrawal(message, title, language)
    return [message.message_id, message.list_date, message.agent_id, message.group_id, sku_id, title, told]


def _row(message: Message) -> list[str]:
    return [
        message.message_id,
        message.list_date,
        message.run_id,
        message.agent_id,
        message.group_id,
        "|".join(line.sku_id for line in message.skus),
        message.text,
        "\n".join(f"{place}. {line.page_url}" for place, line in enumerate(message.skus, 1) if line.page_url),
        message.note,
    ]


def _write_sheet(out: TextIO, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    # The mark at the beginning tells a spreadsheet that the text is UTF-8.
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([harmless(cell) for cell in row] for row in rows)


def _request(message: Message) -> Mapping[str, Any]:
    return {"message_id": message.message_id, "path": wecom.ADD_TASK, "body": wecom.task_body(message)}


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n"
