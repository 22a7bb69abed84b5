"""Rules of tomorrow's list, each on a handful of goods."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from selection_night import decision, listed_skus, night_of, skus

from pipelines.errors import OutputCheckFailed
from pipelines.reasons import reason_sentence

PLAIN = {"explore_share": 0.0, "clearance_share": 0.0, "price_bands": 1}


def test_best_value_first(tmp_path: Path) -> None:
    with night_of(tmp_path, skus(6), list_size=3, **PLAIN) as night:
        assert listed_skus(night) == ["S00", "S01", "S02"]
        assert decision(night, "S03")["decision_code"] == "low_value"


def test_every_reason_can_be_read_in_both_languages(tmp_path: Path) -> None:
    rows = skus(12)
    rows[0] |= {"sellable_units": 0}
    rows[1] |= {"is_gated": True, "landmine_probability": 0.5, "score_reasons": ["over_landmine_cap:landmine_probability=0.5,cap=0.3"]}
    rows[3] |= {"spu_id": "U1"}
    rows[4] |= {"spu_id": "U1"}
    bans = [{"sku_id": "S02", "action": "ban"}]
    with night_of(tmp_path, rows, overrides=bans, list_size=4, **PLAIN) as night:
        listed_skus(night)
        seen = night.engine.query("select decision_code, reasons from night.sku_scorecard").to_pylist()
    assert {row["decision_code"] for row in seen} >= {"out_of_stock", "banned_by_override", "duplicate_of", "listed_core"}
    for row in seen:
        for line in row["reasons"]:
            assert reason_sentence(line, "zh") and reason_sentence(line, "en")
