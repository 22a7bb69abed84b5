"""A list without a SKU is refused with what keeps each candidate off it; nothing is left without a reason."""

from pathlib import Path

import pytest

from tests.support.selection_night import listed_skus, night_of, skus
from xuanpin.pipelines.errors import OutputCheckFailed


def test_a_list_that_would_be_empty_says_what_keeps_how_many_off_and_what_to_do(tmp_path: Path) -> None:
    rows = skus(6)
    for row in rows[:4]:
        row |= {"sellable_units": 0}
    bans = [{"sku_id": "S04", "action": "ban"}, {"sku_id": "S05", "action": "ban"}]
    with night_of(tmp_path, rows, overrides=bans) as night, pytest.raises(OutputCheckFailed) as refused:
        listed_skus(night)
    assert str(refused.value) == (
        "no list for 2026-11-22: none of 6 candidates may be listed. out_of_stock: 4 (S00, S01, S02, …); "
        "banned_by_override: 2 (S04, S05). To have a list: send inventory of the as-of date; end bans"
    )


def test_one_sku_is_a_list(tmp_path: Path) -> None:
    rows = skus(2)
    rows[0] |= {"sellable_units": 0}
    with night_of(tmp_path, rows) as night:
        assert listed_skus(night) == ["S01"]


def test_without_any_outcome_the_message_says_so_and_not_what_to_loosen(tmp_path: Path) -> None:
    with night_of(tmp_path, skus(3, score=-1.0, evidence_orders=0)) as night, pytest.raises(OutputCheckFailed) as no:
        listed_skus(night)
    assert "no_value: 3" in str(no.value) and "No SKU has a delivered order line" in str(no.value)
    assert "regret_cost" not in str(no.value)
