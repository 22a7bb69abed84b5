"""Bounds of the settings that keep people safe: the value at a bound is read, the one beyond it refused."""

import pytest
from pydantic import ValidationError

from xuanpin.pipelines.settings import Settings


@pytest.mark.parametrize(
    ("section", "key", "allowed", "refused"),
    [
        ("scoring", "landmine_cap", 1.0, 1.01),
        ("scoring", "landmine_cap", 0.01, 0.0),
        ("scoring", "landmine_promise", 1.0, 1.01),
        ("scoring", "landmine_promise", 0.001, 0.0),
        ("scoring", "ceiling_ratio", 1.1, 1.0),
        ("scoring", "regret_cost", 0.0, -0.1),
        ("assortment", "list_size", 1, 0),
        ("assortment", "max_change_share", 0.0, -0.1),
        ("assortment", "gap", 0.1, 0.11),
        ("assortment", "explore_share", 1.0, 1.1),
        ("matching", "exploration_share", 0.05, 0.051),
        ("matching", "segments", 200, 201),
        ("matching", "overlap_share", 1.0, 0.0),
        ("matching", "category_share", 0.01, 0.0),
        ("matching", "history_days", 14, 13),
        ("ingest", "bad_share", 1.0, 1.1),
        ("retention", "chat_days", 61, 60),
        ("retention", "history_days", 365, 364),
        ("review", "mode", "required", "sometimes"),
        ("review", "on_no_answer", "approve", "reject"),
        ("engine", "threads", 1, 0),
    ],
)
def test_a_value_beyond_its_bound_is_refused(section: str, key: str, allowed: object, refused: object) -> None:
    read = Settings.model_validate({section: {key: allowed}})
    assert getattr(getattr(read, section), key) == allowed
    with pytest.raises(ValidationError):
        Settings.model_validate({section: {key: refused}})


def test_defaults_are_those_that_the_proofs_were_made_with() -> None:
    settings = Settings()
    assert (settings.scoring.landmine_cap, settings.scoring.landmine_promise) == (0.30, 0.05)
    assert (settings.scoring.regret_cost, settings.scoring.ceiling_ratio) == (2.25, 2.0)
    assert (settings.matching.exploration_share, settings.matching.repeat_share) == (0.03, 0.8)
    assert (settings.review.mode, settings.review.on_no_answer) == ("auto", "fallback")
    assert settings.ingest.bad_share == 0.01
