"""The published list and its reserves, from scores and decisions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.night_tables import rows_of, table
from xuanpin.pipelines.engine import open_engine
from xuanpin.pipelines.engine.protocol import Engine

SCORES = (
    "sku_id varchar, score double, title varchar, category varchar, supplier_id varchar, list_price double, "
    "return_rate double, return_rate_upper double, regret_rate double, regret_rate_upper double, "
    "landmine_probability double, satisfaction double, satisfaction_lower double, satisfaction_upper double, "
    "evidence_orders bigint, evidence_messages bigint, sellable_units bigint, doubt_count bigint, offer_until date"
)
DECISIONS = (
    "sku_id varchar, decision varchar, role varchar, expected_kept_units double, gain double, is_reserve boolean, "
    "reasons varchar[]"
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(tmp_path / "warehouse.duckdb", threads=1)
    yield engine
    engine.close()


def decided(engine: Engine, rows: list[Any]) -> None:
    """Store SKUs as (id, score, decision, kept units, gain, is a reserve)."""
    plain = ("", "", "", *(1.0,) * 9, 1, 1, 1, 0, None)
    table(engine, "night.sku_scores", SCORES, [(sku, score, *plain) for sku, score, *_ in rows])
    said = "promise_asked double, promise_confidence double, promise_bound double, can_promise boolean, "
    said += "promise_reasons varchar[]"
    table(engine, "night.assortment_certificate", said, [(0.05, 0.95, 0.04, True, [])])
    table(
        engine,
        "night.selection_decisions",
        DECISIONS,
        [(sku, made, "core", kept, gain, spare, []) for sku, _, made, kept, gain, spare in rows],
    )
    columns = "sku_id varchar, days_on_list integer"
    table(engine, "night.int_selection_candidates", columns, [(sku, 0) for sku, *_ in rows])


def test_the_list_is_ranked_by_the_value_of_a_post_and_equals_by_their_id(engine: Engine) -> None:
    decided(
        engine,
        [
            ("S3", 1.0, "listed", 9.0, 1.0, False),
            ("S1", 1.0, "listed", 1.0, 1.0, False),
            ("S2", 2.0, "listed", 2.0, 1.0, False),
            ("S4", 3.0, "not_listed", 3.0, 1.0, True),
        ],
    )
    engine.materialise("sku_list")
    assert rows_of(engine, "night.sku_list", "list_rank", "sku_id") == [(1, "S2"), (2, "S1"), (3, "S3")]


def test_reserves_are_those_that_would_gain_most_among_the_safe_ones(engine: Engine) -> None:
    decided(
        engine,
        [
            ("S1", 1.0, "not_listed", 0.0, -2.0, True),
            ("S2", 9.0, "not_listed", 0.0, -3.0, True),
            ("S3", 1.0, "not_listed", 0.0, -1.0, True),
            ("S4", 1.0, "not_listed", 0.0, -1.0, True),
            ("S5", 1.0, "not_listed", 0.0, 5.0, False),
            ("S6", 1.0, "listed", 0.0, 6.0, False),
        ],
    )
    engine.materialise("reserves", reserve_size=3)
    assert rows_of(engine, "night.reserves", "reserve_rank", "sku_id") == [(1, "S3"), (2, "S4"), (3, "S1")]
