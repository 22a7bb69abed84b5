"""The regret rate from which a SKU is a landmine: a multiple of what its category has, or what settings say."""

from __future__ import annotations

import pandas as pd
import pytest

from xuanpin.models.risk.detection import Detection
from xuanpin.pipelines.scoring.rates import mean_regrets, regret_ceilings
from xuanpin.pipelines.settings.deciding import ScoringSettings


def ceilings(regrets: dict[str, float], detection: Detection | None = None, **settings: object) -> dict[str, float]:
    """Category → ceiling, where a category has so large a share of regretted lines among very many."""
    rows = [
        {"category": path, "department": path.split("/")[0], "regretted_lines": share * 1e9, "regret_exposure": 1e9}
        for path, share in regrets.items()
    ]
    wanted = ScoringSettings.model_validate({"ceiling_ratio": 2.0} | settings)
    evidence = pd.DataFrame(rows)
    found = regret_ceilings(evidence, mean_regrets(evidence, wanted), detection or Detection(), wanted)
    return dict(zip(regrets, found.tolist(), strict=True))


def test_a_ceiling_is_a_multiple_of_the_categorys_rate_and_never_above_one() -> None:
    assert ceilings({"食品/水果": 0.1, "女装/裙": 0.7}) == pytest.approx({"食品/水果": 0.2, "女装/裙": 1.0}, rel=1e-3)


def test_the_rate_is_the_true_one_where_half_of_the_regrets_are_seen() -> None:
    assert ceilings({"食品/水果": 0.1}, Detection(sensitivity=0.5)) == pytest.approx({"食品/水果": 0.4}, rel=1e-3)


def test_a_ceiling_of_the_settings_holds_below_its_path_and_the_longer_path_wins() -> None:
    paths = dict.fromkeys(["食品", "食品/水果", "食品/水果/苹果", "食品/肉", "食品券/水果"], 0.1)
    found = ceilings(paths, category_ceilings={"食品/水果": 0.15, "食品": 0.3})
    own = {"食品": 0.3, "食品/水果": 0.15, "食品/水果/苹果": 0.15, "食品/肉": 0.3}
    assert {path: found[path] for path in own} == own
    assert found["食品券/水果"] == pytest.approx(0.2, rel=1e-3)
