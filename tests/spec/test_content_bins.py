"""What was said of satisfaction against what became of the lines: small tables in, bins out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from tests.support.night_tables import table
from xuanpin.models.risk.detection import Detection
from xuanpin.models.risk.reader_error import EXACT, ReaderError
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.scoring.content_bins import bins_of
from xuanpin.pipelines.scoring.detection import DetectionEstimate

DAY = date(2026, 11, 20)
OPEN = date(9999, 12, 31)
PLAIN = DetectionEstimate(Detection(), 1.0, 3.0, EXACT)


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


@pytest.fixture
def engine(warehouse: Engine) -> Engine:
    lines: dict[str, tuple[Any, ...]] = {
        "happy": ("S1", 30, None, True),
        "lukewarm": ("S1", 30, None, True),
        "silent": ("S1", 30, None, True),
        "cross": ("S1", 30, None, True),
        "sent back": ("S1", 30, 25, True),
        "a gift": ("S1", 30, None, False),
        "too young": ("S1", 20, None, True),
        "too old": ("S1", 56, None, True),
        "unsaid": ("S2", 30, None, True),
    }
    rows = [
        (key, sku, ago(on), back and ago(back), sale, ago(60), OPEN) for key, (sku, on, back, sale) in lines.items()
    ]
    columns = (
        "order_line_id varchar, sku_id varchar, delivered_on date, return_requested_on date, is_sale boolean, "
        "valid_from date, valid_to date"
    )
    table(warehouse, "history.order_line_timeline", columns, rows)
    table(warehouse, "night.int_complaints", "order_line_id varchar, complained_on date", [("cross", ago(28))])
    votes: list[tuple[Any, ...]] = [
        ("happy", "feedback", 0.9, 1.0),
        ("lukewarm", "feedback", 0.55, 1.0),
        ("silent", "feedback", 0.9, 0.4),
        ("cross", "feedback", 0.1, 1.0),
        ("sent back", "feedback", 0.9, 1.0),
        ("unsaid", "question", 0.9, 1.0),
    ]
    mentions = "order_line_id varchar, kind varchar, satisfaction double, trust_weight double"
    table(warehouse, "night.int_window_mentions", mentions, votes)
    said = "list_date date, sku_id varchar, satisfaction double, decision varchar"
    predictions = [(ago(30), "S1", 0.8, "listed"), (ago(30), "S2", 0.6, "not_listed"), (ago(20), "S1", 0.7, "listed")]
    table(warehouse, "history.predictions", said, predictions)
    return warehouse


def test_int_content_due_lines_are_judged_when_they_are_old_enough_to_be_kept(engine: Engine) -> None:
    found = engine.select(
        "int_content_due", as_of_date=DAY, first_on=ago(56), last_on=ago(21), happy_from=0.6, trusted_from=0.5
    ).to_pylist()
    columns = ("sku_id", "is_listed", "satisfaction", "line_count", "kept_lines", "votes", "happy_votes")
    assert [tuple(row[name] for name in columns) for row in found] == [
        ("S1", True, 0.8, 5, 3, 2, 1),
        ("S2", False, 0.6, 1, 1, 0, 0),
    ]


def due(*rows: tuple[float, int, int, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["satisfaction", "line_count", "kept_lines", "votes", "happy_votes"])


def seen(known: DetectionEstimate, *rows: tuple[float, int, int, int, int]) -> list[tuple[Any, ...]]:
    found = bins_of("satisfaction", due(*rows), known)
    return [(row["metric"], row["predicted"], pytest.approx(row["observed"], abs=1e-9), row["n"]) for row in found]


def test_content_are_those_who_kept_it_and_whom_votes_show_happy() -> None:
    assert seen(PLAIN, (0.6, 100, 90, 30, 24)) == [("satisfaction", pytest.approx(0.6), 0.9 * 0.8, 100)]
    assert seen(PLAIN, (0.6, 100, 90, 19, 12)) == []
    assert seen(PLAIN) == []


def test_the_votes_of_a_bin_stand_for_its_silent_lines_alone() -> None:
    found = seen(PLAIN, (0.5, 100, 80, 40, 20), (0.5, 100, 80, 0, 0), (0.9, 200, 200, 40, 40))
    assert [row[2] for row in found] == [pytest.approx(0.8 * 0.5), pytest.approx(0.999)]


def test_who_is_happy_is_corrected_as_the_prediction_was() -> None:
    writes_more = DetectionEstimate(Detection(), 3.0, 3.0, EXACT)
    assert seen(writes_more, (0.5, 100, 100, 40, 30))[0][2] == pytest.approx(0.75 / (0.75 + 3.0 * 0.25))
    read_too_well = DetectionEstimate(Detection(), 1.0, 3.0, ReaderError(-1.0986122886681098, 0.1, True))
    assert seen(read_too_well, (0.5, 100, 100, 40, 30))[0][2] == pytest.approx(0.5)
