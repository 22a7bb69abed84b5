"""Plants personal data wherever somebody can write, and lets every command run over it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from typer.testing import CliRunner

from tests.support.drop_folder import row
from tests.support.personal_draws import Kind
from tests.support.personal_writings import KNOWN_NAMES
from xuanpin.pipelines import run_store
from xuanpin.pipelines.cli.program import app
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.overrides import OverrideRequest, store_overrides
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

Rows = list[dict[str, Any]]
SETTINGS = "[ingest]\nbad_share = 0.5\n"
"""Planted rows that break rules are a large part of a tiny platform's."""


@dataclass
class Planted:
    """A home beside the `sources` of a night of `day`, what was planted, and what each command said."""

    root: Path
    kinds: Sequence[Kind]
    day: date
    said: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        """The home that the night writes."""
        return Home(self.root / "home")

    @property
    def sources(self) -> Path:
        """The drops, of the platform and planted."""
        return self.root / "sources"

    @property
    def out(self) -> Path:
        """The folder to which commands write sheets and pages."""
        return self.root / "out"

    @property
    def clear(self) -> list[Kind]:
        """The kinds that also leave what is shown as it comes."""
        return [kind for kind in self.kinds if kind.is_clear]

    def call(self, name: str, *words: object) -> None:
        """Run a command and keep what it says; one that fails for a reason that is not told shows its error."""
        result = CliRunner().invoke(app, [str(word) for word in words])
        self.said[name] = f"{result.output}\n{result.exception or ''}"


def plant(planted: Planted) -> None:
    """Add drops with every kind at every place to the platform's sources."""
    stamp = f"{planted.day}T12:00:00+08:00"
    group = pq.read_table(sorted((planted.sources / "groups").glob("*.parquet"))[0]).to_pylist()[0]
    place = {"agent_id": group["agent_id"], "group_id": group["group_id"], "updated_at": stamp}
    rows: dict[str, Rows] = {
        "products": [],
        "inventory": [],
        "chat_messages": [],
        "overrides": [],
        "orders": [],
        "returns": [],
    }
    for number, kind in enumerate(planted.clear):
        rows["products"].append(_product(number, kind.text, stamp))
        rows["inventory"].append(row("inventory", sku_id=_sku(number), as_of_date=str(planted.day), sellable_units=500))
    for number, kind in enumerate(planted.kinds):
        sku = _sku(number % len(planted.clear))
        rows["chat_messages"] += _said(planted, number, kind.text, sku, group["group_id"])
        rows["orders"].append(_line(number, sku, stamp, place))
        rows["returns"].append(_return(number, kind.text, stamp))
        rows["overrides"].append(_decision(planted, number, kind.text, sku, stamp))
    for table, found in rows.items():
        write_rows(planted.sources / table, found)


def write_rows(folder: Path, rows: Rows) -> None:
    """Write rows as a drop of JSON lines."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(found, ensure_ascii=False) + "\n" for found in rows)
    (folder / "planted.jsonl").write_text(text, encoding="utf-8")


def _sku(number: int) -> str:
    return f"S9{number:04d}"


def _product(number: int, text: str, stamp: str) -> dict[str, Any]:
    title, brand = f"手工花茶{number} {text}", f"小铺 {text}"
    return row(
        "products",
        sku_id=_sku(number),
        title=title,
        brand=brand,
        style_tags=[text],
        series_tags=["花茶", text],
        updated_at=stamp,
    )


def _said(planted: Planted, number: int, text: str, sku: str, group: str) -> Rows:
    """A message, and for every third one another that breaks a rule and is set aside."""
    day = planted.day
    sent_at = datetime(day.year, day.month, day.day, 13, tzinfo=BEIJING) + timedelta(minutes=number)
    said = row(
        "chat_messages",
        message_id=f"P{number}",
        group_id=group,
        sender_id=f"P{number}",
        sku_id=sku,
        text=f"{text}，质量太差",
        sent_at=sent_at.isoformat(),
    )
    return [said, said | {"message_id": f"Q{number}", "sent_at": f"{text} never"}][: 1 + (number % 3 == 0)]


def _line(number: int, sku: str, stamp: str, place: Mapping[str, str]) -> dict[str, Any]:
    name = KNOWN_NAMES[number % len(KNOWN_NAMES)]
    return row(
        "orders",
        **place,
        order_line_id=f"P{number}",
        order_id=f"P{number}",
        customer_id=f"P{number}",
        customer_name=name,
        sku_id=sku,
        status="delivered",
        ordered_at=stamp,
        delivered_at=stamp,
    )


def _return(number: int, text: str, stamp: str) -> dict[str, Any]:
    return row(
        "returns",
        return_id=f"P{number}",
        order_line_id=f"P{number}",
        comment=text,
        requested_at=stamp,
        updated_at=stamp,
    )


def _decision(planted: Planted, number: int, text: str, sku: str, stamp: str) -> dict[str, Any]:
    author = planted.clear[number % len(planted.clear)].text
    first = str(planted.day + timedelta(days=1))
    action = "ban" if number % 2 else "pin"
    return row(
        "overrides",
        override_id=f"P{number}",
        sku_id=sku,
        action=action,
        starts_on=first,
        reason=text,
        author=f"王采 {author}",
        created_at=stamp,
    )


def run_everything(planted: Planted) -> None:
    """Run a night over the planted sources, and then everything that writes or says something."""
    planted.out.mkdir()
    config = planted.root / "settings.toml"
    config.write_text(SETTINGS, encoding="utf-8")
    home = ("--home", planted.home.root)
    with _lines_kept(planted):
        planted.call(
            "night", "nightly", "--as-of", planted.day, "--sources", planted.sources, *home, "--config", config
        )
        _decide(planted)
        for name, words in _commands(planted).items():
            planted.call(name, *words)
        _refuse(planted)


@contextmanager
def _lines_kept(planted: Planted) -> Iterator[None]:
    """Keep every log line of the program among what was said."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    logging.getLogger("xuanpin").addHandler(handler)
    yield
    logging.getLogger("xuanpin").removeHandler(handler)
    planted.said["log lines"] = lines.getvalue()


def _decide(planted: Planted) -> None:
    """Ban with every kind in the reason, and recall with those that are told without a table of names."""
    listed = run_store.read_table(planted.home, run_store.require_run(planted.home), "sku_list")["sku_id"].to_pylist()
    now = datetime.now(BEIJING)
    request = RunRequest(planted.day, planted.home, planted.sources, Settings(), now)
    with open_night(request) as night:
        until = now.date() + timedelta(days=90)
        asked = [
            OverrideRequest(
                f"row {number}", listed[-1], "ban", kind.text, "王采", ends_on=until + timedelta(days=number)
            )
            for number, kind in enumerate(planted.kinds)
        ]
        store_overrides(night, asked)
    told = "；".join(kind.text for kind in planted.kinds if not kind.form.startswith("known"))[:900]
    planted.call("recall", "recall", listed[0], "--reason", told, "--by", "王采", "--home", planted.home.root)


def _commands(planted: Planted) -> Mapping[str, Sequence[object]]:
    home, out, run = ("--home", planted.home.root), planted.out, run_store.require_run(planted.home)
    agent = run_store.read_table(planted.home, run, "agent_matches")["agent_id"][0].as_py()
    return {
        "status": ("status", *home),
        "review and Airflow's summary": ("review", *home),
        "explain sku": ("explain", "sku", _sku(1), *home, "--json"),
        "explain agent": ("explain", "agent", agent, *home),
        "card": ("card", agent, *home),
        "card page": ("card", agent, *home, "--format", "html"),
        "label export": ("label", "export", out / "labels.csv", *home, "--count", 2_000),
        "label workbook": ("label", "export", out / "labels.xlsx", *home, "--count", 2_000),
        "outbox": ("outbox", "--out", out, *home),
        "overrides export": ("overrides", "export", out / "overrides.csv", *home),
        "data-docs": ("data-docs", out / "docs", *home),
        "check": ("check", "--sources", planted.sources),
    }


def _refuse(planted: Planted) -> None:
    """Let a night be refused for rows that break rules, and for a file without a header, all with every kind."""
    sources = planted.root / "refused"
    texts = [kind.text for kind in planted.kinds]
    rows = [row("orders", order_line_id=f"R{number}", quantity=text, status=text) for number, text in enumerate(texts)]
    write_rows(sources / "orders", rows)
    line = ",".join('"' + text.replace('"', "") + '"' for text in texts)
    (sources / "returns").mkdir()
    (sources / "returns" / "headless.csv").write_text(f"{line}\n{line}\n", encoding="utf-8")
    planted.call("refusal", "nightly", "--as-of", planted.day, "--sources", sources, "--home", planted.home.root)
