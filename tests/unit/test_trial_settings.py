"""A trial in the settings is whole, tries what matching can apply, and values that a setting may have."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.settings import Settings, load_settings

TRIAL = """
[experiment]
name = "autumn"
kind = "{kind}"
starts_on = 2026-10-01
ends_on = {ends_on}
[experiment.treatment]
{treatment}
"""


def written(folder: Path, kind: str = "switchback", ends_on: str = "2026-10-28", treatment: str = "") -> Path:
    path = folder / "xuanpin.toml"
    path.write_text(TRIAL.format(kind=kind, ends_on=ends_on, treatment=treatment), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("kind", "treatment"),
    [
        ("switchback", "matching.stock_margin = 1.0\nscoring.regret_cost = 3"),
        ("holdout", "matching.floor_slots = 3\nmatching.category_share = 0.4\nmatching.exploration_share = 0.05"),
    ],
)
def test_a_trial_is_read_with_its_days(tmp_path: Path, kind: str, treatment: str) -> None:
    trial = load_settings(written(tmp_path, kind, treatment=treatment)).experiment
    assert trial.planned_days == 28
    assert set(trial.changes) == {line.split(" =")[0] for line in treatment.splitlines()}
    days = [date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 28), date(2026, 10, 29)]
    assert [trial.runs_on(day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    ("kind", "ends_on", "treatment", "said"),
    [
        ("switchback", "2026-10-28", "", "write starts_on, ends_on and [experiment.treatment]"),
        ("switchback", "2026-09-30", "matching.stock_margin = 1.0", "up to 91 days from starts_on"),
        ("switchback", "2027-01-01", "matching.stock_margin = 1.0", "up to 91 days from starts_on"),
        ("switchback", "2026-10-28", "matching.category_share = 0.4", "it can try scoring.regret_cost, matching.stock"),
        ("holdout", "2026-10-28", "assortment.list_size = 60", "assortment.list_size cannot be tried by a holdout"),
        (
            "holdout",
            "2026-10-28",
            "matching.exploration_share = 0.5",
            "values on trial that matching.exploration_share",
        ),
        ("switchback", "2026-10-28", "scoring.regret_cost = -1", "values on trial that scoring.regret_cost may have"),
    ],
)
def test_a_trial_that_cannot_be_is_refused(tmp_path: Path, kind: str, ends_on: str, treatment: str, said: str) -> None:
    with pytest.raises(UsageError, match="experiment") as refused:
        load_settings(written(tmp_path, kind, ends_on, treatment))
    assert said in str(refused.value)


def test_there_is_no_trial_unless_it_has_a_name() -> None:
    trial = Settings().experiment
    assert (trial.planned_days, trial.runs_on(date(2026, 10, 1)), dict(trial.changes)) == (0, False, {})
