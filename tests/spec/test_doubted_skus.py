"""A doubt moves the landmine probability of its SKU as far as its agents have been right, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests.support.night_tables import table
from tests.support.scoring_world import EMPTY, LAST_DAY, draw_catalogue, draw_lines, open_world
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts.reason_codes import parse_reason
from xuanpin.pipelines.scoring.changes import find_changes
from xuanpin.pipelines.scoring.faults import attribute_faults
from xuanpin.pipelines.scoring.outcomes import count_outcomes
from xuanpin.pipelines.scoring.rates import fit_rates

pytestmark = pytest.mark.whole

TURNED, GOOD = (7, 23, 31, 40, 45, 52, 55, 61, 66, 70, 75, 80), 90
"""SKUs that turned bad fifty days ago (of some of them too little was sold since), and one that is as it was."""
Said = tuple[str, int, int, bool]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    rng = np.random.default_rng(52)
    catalogue = draw_catalogue(rng, 120, categories=2, suppliers=8)
    lines = draw_lines(rng, catalogue, 8_000, 90)
    is_worse = np.isin(lines.sku, TURNED) & (lines.age < 50)
    lines = replace(lines, rate=np.where(is_worse, 0.9, lines.rate), customer=np.arange(8_000))
    made = open_world(tmp_path_factory.mktemp("doubts"), rng, catalogue, lines, delay_mean=3.0)
    for step in (count_outcomes, attribute_faults, fit_rates):
        step(made)
    yield made
    made.engine.close()


def estimates(night: Night, said: Sequence[Said] = ()) -> pd.DataFrame:
    """What the night makes of these answers: agent, SKU, days ago, whether she doubts it or takes it."""
    rows: list[Any] = []
    for agent, sku, days_ago, is_doubt in said:
        day = LAST_DAY - timedelta(days=days_ago)
        what = ("declined", "doubt_quality") if is_doubt else ("accepted", None)
        rows.append((day, agent, f"S{sku:06d}", *what, None, datetime.combine(day, time(21))))
    table(night.engine, "night.stg_match_answers", EMPTY["night.stg_match_answers"], rows)
    find_changes(night)
    found: pd.DataFrame = night.engine.read("night.int_sku_estimates", order_by=["sku_id"]).to_pandas()
    return found


def record(agent: str, skus: Sequence[int], days_ago: int = 50) -> list[Said]:
    """An agent who doubted these SKUs, and took others that were good."""
    taken = [(agent, sku, days_ago, False) for sku in range(100, 110)]
    return [(agent, sku, days_ago, True) for sku in skus] + taken


def odds(found: pd.DataFrame, sku: int = GOOD) -> float:
    probability = float(found["landmine_probability"][sku])
    return probability / (1.0 - probability)


def test_a_proven_judge_moves_the_sku_that_she_doubts_and_no_other(night: Night) -> None:
    plain = estimates(night)
    doubted = estimates(night, [*record("A1", TURNED), ("A1", GOOD, 0, True)])
    assert doubted["doubt_count"].sum() == doubted["doubt_count"][GOOD] == 1
    assert 2.0 < odds(doubted) / odds(plain) < 20.0
    assert odds(doubted) / odds(plain) == pytest.approx(doubted["doubt_ratio"][GOOD])
    assert doubted["regret_rate"][GOOD] > plain["regret_rate"][GOOD]
    others = plain["sku_id"] != f"S{GOOD:06d}"
    assert (doubted["landmine_probability"] == plain["landmine_probability"])[others].all()
    told = dict(map(parse_reason, doubted["score_reasons"][GOOD]))["doubted_by"]
    assert told == {"agents": "1", "right": "8", "judged": "8"}


@pytest.mark.parametrize(
    "earlier",
    [
        pytest.param([], id="without a record"),
        pytest.param([(agent, sku) for agent in "ABCDEFGHIJ" for sku in TURNED[:2]], id="right on two SKUs"),
        pytest.param([(agent, sku) for agent in "ABCDEFGHIJ" for sku in (11, 12, 13, 14)], id="wrong on four"),
    ],
)
def test_agents_who_are_not_proven_move_no_sku_however_many_they_are(
    night: Night, earlier: list[tuple[str, int]]
) -> None:
    before = [(agent, sku, 50, True) for agent, sku in earlier]
    found = estimates(night, [*before, *((agent, GOOD, 0, True) for agent in "ABCDEFGHIJ")])
    assert found["doubt_count"][GOOD] == 10
    assert odds(found) / odds(estimates(night)) == pytest.approx(1.0)


def test_what_everybody_could_see_earns_no_record(night: Night) -> None:
    known = [(LAST_DAY - timedelta(days=50), f"S{sku:06d}", 0.5) for sku in TURNED]
    columns = EMPTY["history.predictions"]
    rows = [(day, sku, 0.1, 0.1, chance, 0.9, "not_listed", "r") for day, sku, chance in known]
    table(night.engine, "history.predictions", columns, rows)
    found = estimates(night, [*record("A1", TURNED), ("A1", GOOD, 0, True)])
    table(night.engine, "history.predictions", columns, [])
    assert found["doubts_judged"][GOOD] == 0
    assert odds(found) / odds(estimates(night)) == pytest.approx(1.0)


def test_a_doubt_of_long_ago_has_faded_with_what_was_delivered_since(night: Night) -> None:
    fresh, old = (estimates(night, [*record("A1", TURNED), ("A1", GOOD, days, True)]) for days in (0, 27))
    assert odds(estimates(night)) < odds(old) < odds(fresh)


def test_under_a_new_name_a_sku_keeps_its_doubts(night: Night) -> None:
    kin = night.engine.read("night.int_kin")
    lines = night.engine.read("night.int_sku_evidence", order_by=["regret_exposure", "sku_id"]).to_pylist()
    heir, exposure = lines[0]["sku_id"], lines[0]["regret_exposure"]
    shared = {"kin_sku_id": f"S{GOOD:06d}", "kin_by": "title", "nearness": 1.0, "lines": exposure, "kin_lines": 99.0}
    night.engine.store("night.int_kin", pa.Table.from_pylist([{"sku_id": heir, **shared}], kin.schema))
    plain, doubted = (estimates(night, [*record("A1", TURNED), *said]) for said in ([], [("A1", GOOD, 0, True)]))
    night.engine.store("night.int_kin", kin)
    row = int(plain.index[plain["sku_id"] == heir][0])
    assert doubted["doubt_count"][row] == 0
    assert odds(doubted, row) > odds(plain, row)
