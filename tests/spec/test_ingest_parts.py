"""A large first load is kept part by part: the same rows as at once, and what was read stays if the night ends."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.drop_folder import DAY, DEFAULTS, NOW, Platform, Row, row
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.errors import DayRefused, InputRefused
from xuanpin.pipelines.ingest import step
from xuanpin.pipelines.ingest.drops import Drop
from xuanpin.pipelines.ingest.parts import cut
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.settings import Settings

pytestmark = pytest.mark.whole


def drop(table: str, name: str, size: int, *, is_repeat: bool = False) -> Drop:
    return Drop(table, name, Path(name), size, name, is_repeat=is_repeat)


def names(part: dict[str, list[Drop]]) -> dict[str, list[str]]:
    return {table: [found.path for found in fresh] for table, fresh in part.items()}


@pytest.mark.parametrize(
    ("sizes", "parts"),
    [
        pytest.param([], [{"orders": [], "returns": ["r"]}], id="a table without drops has its place"),
        pytest.param([3, 3], [{"orders": ["0", "1"], "returns": ["r"]}], id="all fit"),
        pytest.param([6, 5], [{"orders": ["0"]}, {"orders": ["1"], "returns": ["r"]}], id="the second is too much"),
        pytest.param([50, 2], [{"orders": ["0"]}, {"orders": ["1"], "returns": ["r"]}], id="a large file is whole"),
        pytest.param([9, 9], [{"orders": ["0"]}, {"orders": ["1"], "returns": []}, {"returns": ["r"]}], id="one each"),
    ],
)
def test_parts_hold_whole_files_in_their_order(sizes: list[int], parts: list[dict[str, list[str]]]) -> None:
    orders = [drop("orders", str(number), size) for number, size in enumerate(sizes)]
    found = cut({"orders": orders, "returns": [drop("returns", "r", 2)]}, part_bytes=10)
    assert [names(part) for part in found] == parts


def test_a_repeat_weighs_nothing() -> None:
    repeats = [drop("orders", str(number), 9, is_repeat=True) for number in range(3)]
    assert len(cut({"orders": repeats}, part_bytes=10)) == 1


@pytest.mark.parametrize("done", [1, 2, 3])
def test_what_is_left_is_cut_as_before(done: int) -> None:
    orders = [drop("orders", str(number), 4 + number % 3) for number in range(12)]
    whole = cut({"products": [], "orders": orders}, part_bytes=10)
    kept = {found.path for part in whole[:done] for found in part.get("orders", [])}
    left = [found for found in orders if found.path not in kept]
    again = cut({"products": [], "orders": left}, part_bytes=10)
    assert [names(part)["orders"] for part in again] == [names(part)["orders"] for part in whole[done:]]


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file is a part."""
    monkeypatch.setattr(step, "cut", lambda found, part_bytes: cut(found, part_bytes=1))


def orders(count: int) -> list[Row]:
    return [row("orders", order_line_id=f"L{number}", order_id=f"O{number}") for number in range(count)]


def platform(root: Path) -> Platform:
    found = Platform(root).fill("orders", "returns")
    for number, each in enumerate(orders(4)):
        found.drop("orders", f"{number}.jsonl", each)
    found.drop("returns", "0.jsonl", row("returns", order_line_id="L3"))
    return found


def stored(found: Platform) -> dict[str, list[Row]]:
    """All admitted rows; the numbers of their batches aside."""
    tables = [table for table in DEFAULTS if table != "overrides"]
    return {
        table: found.query(f"select * exclude (drop_seq) from source.{table} order by row_hash") for table in tables
    }


def test_a_load_in_parts_admits_what_a_load_at_once_does(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    at_once = platform(tmp_path / "once")
    counts = at_once.night()
    request.getfixturevalue("in_parts")
    parted = platform(tmp_path / "parts")
    assert parted.night() == counts
    assert stored(parted) == stored(at_once)
    assert len(set(parted.values("select drop_seq from source.orders"))) == 4
    assert parted.night() == (0, 0)


@pytest.mark.usefixtures("in_parts")
def test_each_part_is_told_when_it_is_kept(tmp_path: Path) -> None:
    found, told = platform(tmp_path), []
    engine = open_home(found.home, threads=1)
    night = Night(engine, Settings(), found.home, DAY, found.sources, NOW)
    try:
        step.ingest(replace(night, on_part=lambda kept, parts: told.append((kept, parts))))
    finally:
        engine.close()
    assert told == [(kept, 10) for kept in range(1, 11)]


@pytest.mark.usefixtures("in_parts")
def test_a_refused_part_leaves_those_before_it_and_later_faults_are_told_with_it(tmp_path: Path) -> None:
    found = platform(tmp_path)
    good = found.sources / "orders" / "2.jsonl"
    content = good.read_bytes()
    good.write_bytes(b"{broken")
    (found.sources / "returns" / "0.jsonl").write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(InputRefused) as error:
        found.night()
    message = str(error.value)
    assert "2 things are wrong" in message
    assert "orders/2.jsonl" in message
    assert "returns/0.jsonl" in message
    assert message.endswith("6 files that were read before stay; nothing else of this night was kept")
    assert sorted(found.values("select order_line_id from source.orders")) == ["L0", "L1"]
    good.write_bytes(content)
    found.drop("returns", "0.jsonl", row("returns", order_line_id="L3"))
    assert found.night() == (4, 4)


@pytest.mark.usefixtures("in_parts")
def test_a_day_that_has_not_come_leaves_out_the_last_part_alone(tmp_path: Path) -> None:
    found = platform(tmp_path)
    engine = open_home(found.home, threads=1)
    later = DAY.replace(year=2027)
    try:
        with pytest.raises(DayRefused, match="stay; nothing else of this night was kept"):
            step.ingest_day(Night(engine, Settings(), found.home, later, found.sources, NOW))
    finally:
        engine.close()
    assert found.values("select count(*) from source.orders") == [4]
    assert found.values("select count(*) from source.chat_messages") == [0]
