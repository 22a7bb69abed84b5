"""A night that has nothing to list says which rows it lacks, whatever the reason and the size."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.source_rows import put
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.history.stage import stage_candidates
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.settings import Settings

D = date(2026, 3, 10)
LATER = datetime(2026, 4, 2, 9)
SOLD_OUT = [{"sku_id": "S1", "as_of_date": D, "sellable_units": 0}]


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    engine = open_home(Home(tmp_path), threads=1)
    yield Night(engine, Settings(), Home(tmp_path), D, None, datetime(2026, 3, 11, tzinfo=UTC))
    engine.close()


@pytest.mark.parametrize(
    ("product", "counts", "says"),
    [
        pytest.param(None, [], "no SKU is known as of 2026-03-10 .none ever came.", id="no catalogue"),
        pytest.param(
            {"updated_at": LATER}, [], "no SKU is known as of 2026-03-10 .the first is known from 2026-04-02.",
            id="a catalogue that starts later",
        ),
        pytest.param({"status": "withdrawn"}, [], "none of 1 SKUs known .*: 1 are paused or withdrawn", id="withdrawn"),
        pytest.param({"status": "paused"}, [], "1 are paused or withdrawn, 0 are not launched", id="paused"),
        pytest.param(
            {"launched_on": date(2026, 3, 12)}, [], "1 are not launched yet .the first on 2026-03-12.", id="to come"
        ),
        pytest.param({"season_end": D}, [], "1 are out of season, so there is no list for 2026-03-11", id="season"),
        pytest.param({}, [], r"none of 1 SKUs that may be sold has stock .* \(newest count: none\)", id="no count"),
        pytest.param({}, SOLD_OUT, r"has stock as of 2026-03-10 \(newest count: 2026-03-10\)", id="sold out"),
    ],
)  # fmt: skip
def test_a_night_without_anything_to_list_says_why(
    night: Night, product: Any, counts: Sequence[Any], says: str
) -> None:
    put(night.engine, "products", [] if product is None else [{"sku_id": "S1", **product}])
    put(night.engine, "inventory", counts)
    with pytest.raises(InputRefused, match=says) as refusal:
        stage_candidates(night)
    assert "Nothing was published. Send" in str(refusal.value)


def test_one_unit_of_one_sku_is_enough(night: Night) -> None:
    put(night.engine, "products", [{"sku_id": "S1"}, {"sku_id": "S2", "status": "withdrawn"}])
    put(night.engine, "inventory", [{"sku_id": "S1", "as_of_date": D, "sellable_units": 1}])
    assert stage_candidates(night) == (3, 1)
