"""Drops that the workers of a cluster check are admitted, quarantined and told of as one machine does it."""

import logging
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.cluster import open_on_sail
from tests.support.drop_folder import DAY, DEFAULTS, NOW, Platform, Row, row
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.step import ingest
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.phrase import in_language

TABLES = ("orders", "returns", "chat_messages", "products")
LATER = "2026-11-20T12:00:00+08:00"
NAME = "司马相如"
OTHER_TABLES = {
    "ops.quarantine": (
        "table_name",
        "key",
        "rules",
        "row",
        "state",
        "drop_path",
        "drop_seq",
        "drop_row",
        "cleaned_ids",
    ),
    "ops.drops": ("table_name", "path", "size", "rows", "drop_seq"),
    "ops.arrivals": ("table_name", "known_on", "last_drop_seq", "rows", "fingerprint", "cleaned_rows"),
    "ops.known_names": ("name",),
}


class OneMachine(Platform):
    """A platform whose nights run on this machine."""

    def opened(self) -> Engine:
        """Return the engine of the home as it was left."""
        return open_home(self.home, threads=1)


class Clustered(OneMachine):
    """A platform whose nights run on a cluster: every large table stays there."""

    def opened(self) -> Engine:
        return open_on_sail(self.home.root.parent)

    def night(self, now: datetime = NOW) -> tuple[int, int]:
        with closing(self.opened()) as engine:
            return ingest(Night(engine, self.settings, self.home, DAY, self.sources, now))


def settings(**ingest_settings: Any) -> Settings:
    """Settings under which a machine holds no row, so that every drop of an eligible table goes to the workers."""
    return Settings.model_validate({"engine": {"driver_rows": 0}, "ingest": ingest_settings})


def two_platforms(folder: Path, **ingest_settings: Any) -> tuple[OneMachine, OneMachine]:
    """The same platform on one machine and on a cluster."""
    used = settings(**ingest_settings)
    return OneMachine(folder / "near", used), Clustered(folder / "far", used)


def orders(count: int, mark: str, **changed: Any) -> list[Row]:
    """Good order lines with ids of their own."""
    return [row("orders", order_line_id=f"{mark}{n}", order_id=f"{mark}O{n}", **changed) for n in range(count)]


def stored(platform: OneMachine) -> dict[str, list[list[Any]]]:
    """What a night has left of the drops, in an order of its own."""
    sources = {
        f"source.{name}": (*load_contract(name).stored().column_names, "row_hash", "known_on", "drop_seq")
        for name in TABLES
    }
    with closing(platform.opened()) as engine:
        return {
            table: sorted((list(found.values()) for found in engine.read(table, columns=names).to_pylist()), key=repr)
            for table, names in (sources | OTHER_TABLES).items()
        }


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What ingest has logged since this was last asked."""
    said = [record.getMessage() for record in caplog.records if record.name == "xuanpin.ingest"]
    caplog.clear()
    return said


def drop_all_kinds(platform: Platform) -> None:
    """Files of several formats with every kind of row: good, faulty, waiting, repeated and unsafe."""
    bad = [
        row("orders", order_line_id="B1", quantity=-1),
        row("orders", order_line_id="B2", ordered_at="neulich"),
        row("orders", order_line_id="B3", status="nobody knows"),
        row("orders", order_line_id="B4", sku_id=""),
        row("orders", order_line_id="1.23E+11"),
        row("orders", order_line_id="B5", ordered_at="1970-01-01"),
        row("orders", order_line_id="B6", customer_name=NAME, unit_price=f"13812345678 {NAME}"),
    ]
    platform.drop("orders", "a.csv", *orders(8, "A"), *bad)
    waiting = row("orders", order_line_id="W1", sku_id="S9")
    platform.drop("orders", "b.parquet", *orders(5, "P"), *orders(2, "A"), waiting)
    blank = row("orders", order_line_id="J9", agent_id=" A1 ")
    platform.drop("orders", "c.jsonl", *orders(3, "J", delivered_at="9999-12-31"), blank)
    platform.drop("orders", "d.csv.gz", *orders(3, "Z", updated_at=LATER), packed=True)
    platform.write("orders", "e.csv", (platform.sources / "orders" / "a.csv").read_bytes() + b"only,two\r\n")
    words = f"{NAME} 13812345678"
    returned = [row("returns", return_id=f"R{n}", order_line_id=f"A{n}", comment=words) for n in range(3)]
    platform.drop("returns", "r.csv", *returned, row("returns", return_id="R9", quantity=0, refund_amount="many"))
    platform.drop("returns", "s.jsonl", row("returns", return_id="R10", order_line_id="unknown"))
    platform.drop("chat_messages", "m.jsonl", row("chat_messages", message_id="M2", text=f"{NAME}说很好"))


def test_every_kind_of_row_ends_where_it_ends_on_one_machine(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "xuanpin.ingest")
    results = []
    for platform in two_platforms(tmp_path, bad_share=0.9, waiting_share=0.9):
        drop_all_kinds(platform.begun())
        first = platform.night()
        platform.drop("products", "later.jsonl", row("products", sku_id="S9"))
        again = [*orders(8, "A"), *orders(2, "N"), row("orders", order_line_id="B1", quantity=-1)]
        platform.drop("orders", "again.csv", *again)
        results.append(((first, platform.night()), stored(platform), told(caplog)))
    (counts, tables, words), far = results
    assert far[0] == counts
    for table, rows in tables.items():
        assert far[1][table] == rows, table
    assert far[2] == words
    assert any("W1" in found for found in tables["source.orders"])
    assert NAME not in repr(tables["source.returns"]) + repr(tables["ops.quarantine"])


def refusal(platform: Platform) -> tuple[str, str]:
    """Why a night ends, in both languages."""
    with pytest.raises(InputRefused) as refused:
        platform.night()
    return in_language(refused.value, "en"), in_language(refused.value, "zh")


def test_what_is_wrong_with_files_is_told_in_the_same_words(tmp_path: Path) -> None:
    said = []
    for platform in two_platforms(tmp_path):
        platform.begun()
        short = [{name: value for name, value in line.items() if name != "sku_id"} for line in orders(3, "Q")]
        platform.drop("orders", "b.csv", *short)
        platform.drop("orders", "a.csv", *short, *short)
        platform.drop("orders", "c.csv", *orders(3, "C", ordered_at="03/04/2026 at noon"))
        platform.write("orders", "d.csv", b"\x00\x01\x02")
        platform.write("orders", "e.csv", "order_line_id,单号\r\n1,2\r\n".encode("utf-16"))
        platform.drop("returns", "r.csv", *(row("returns", return_id=f"R{n}", quantity="?") for n in range(3)))
        said.append(refusal(platform))
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([row("orders", order_line_id=f"{n}.23E+11") for n in range(4)], id="exponents"),
        pytest.param([row("orders", order_line_id=f"62917{n}00000000000000") for n in range(9)], id="cut"),
        pytest.param([row("orders", order_line_id="X", order_id=f"O{n}") for n in range(9)], id="one key"),
        pytest.param([row("orders", order_line_id=f"X{n}", quantity=-1) for n in range(9)], id="faulty rows"),
        pytest.param([row("orders", order_line_id=f"X{n}", sku_id=f"s{n}") for n in range(30)], id="unknown"),
    ],
)
def test_what_all_files_together_show_refuses_them(tmp_path: Path, lines: list[Row]) -> None:
    said = []
    for platform in two_platforms(tmp_path):
        platform.begun()
        platform.drop("orders", "a.jsonl", *lines[::2])
        platform.drop("orders", "b.jsonl", *lines[1::2])
        said.append(refusal(platform))
    assert said[0] == said[1]


def test_the_first_night_of_a_home_needs_no_other(tmp_path: Path) -> None:
    near, far = two_platforms(tmp_path)
    assert far.fill().night() == near.fill().night() == (len(DEFAULTS) - 1, len(DEFAULTS) - 1)
    assert stored(far) == stored(near)
