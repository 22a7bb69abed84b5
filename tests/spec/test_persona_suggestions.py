"""What an agent declines again and again for one reason becomes a suggestion, and no more than that."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.night_tables import ago, selected, table
from xuanpin.pipelines.answers.suggestions import suggestions_text
from xuanpin.pipelines.engine.protocol import Engine

ANSWERS = "list_date date, agent_id varchar, sku_id varchar, answer varchar, reason_code varchar"
SKUS = "sku_id varchar, category varchar, list_price decimal(12, 2), style_tags varchar[]"
Said = tuple[str, str | None, float]
"""An answer, its reason and the list price of its SKU."""


def suggested(engine: Engine, said: list[Said], excluded: list[str] | None = None, days: int = 3) -> list[Any]:
    """What is suggested to A1, whose style is 简约, after these answers to plain SKUs of one category."""
    skus = [(f"S{place}", "母婴", price, ["简约", "复古"]) for place, (_, _, price) in enumerate(said)]
    table(engine, "night.stg_products", SKUS, skus)
    rows = [(ago(days), "A1", f"S{place}", answer, reason) for place, (answer, reason, _) in enumerate(said)]
    table(engine, "night.stg_match_answers", ANSWERS, rows)
    personas = "agent_id varchar, style_tags varchar[], categories_excluded varchar[]"
    table(engine, "night.stg_agents", personas, [("A1", ["简约"], excluded or [])])
    found = selected(
        engine, "int_persona_suggestions", "suggestion", "proposed", "declined", "taken",
        remembered_after=ago(60), fewest_declines=5, declines_per_taken=5,
    )  # fmt: skip
    return found


def declined(reason: str, times: int, price: float = 90.0) -> list[Said]:
    return [("declined", reason, price)] * times


TOOK: list[Said] = [("accepted", None, 50.0)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (declined("price", 5) + TOOK, [("price_max", "50.00", 5, 0)]),
        (declined("price", 5, 20.0) + TOOK, [("price_min", "50.00", 5, 0)]),
        (declined("price", 4) + TOOK, []),
        (declined("price", 5), []),
        ([*declined("price", 5), ("accepted", None, 90.0)], []),
        (declined("not_my_groups", 5) + TOOK, [("categories_excluded", "母婴", 5, 1)]),
        (declined("not_my_groups", 5) + TOOK + TOOK, []),
        (declined("style", 5) + TOOK, [("style_tags", "简约", 5, 1)]),
        (declined("other", 9), []),
    ],
    ids=[
        "too dear", "too cheap", "four are few", "she took none, so that no side is known", "she took one as dear",
        "not for her groups", "but she takes them too", "a style of hers", "without a reason",
    ],
)  # fmt: skip
def test_five_refusals_for_one_reason_suggest_a_change(engine: Engine, said: list[Said], expected: list[Any]) -> None:
    assert suggested(engine, said) == expected


@pytest.fixture
def engine(warehouse: Engine) -> Engine:
    return warehouse


def test_what_she_excludes_already_and_what_is_long_ago_is_not_suggested(engine: Engine) -> None:
    assert suggested(engine, declined("not_my_groups", 6), excluded=["母婴"]) == []
    assert suggested(engine, declined("not_my_groups", 6), days=60) == []


def test_a_suggestion_is_told_with_its_evidence_and_how_to_follow_it() -> None:
    row = {"agent_id": "A1", "suggestion": "price_max", "proposed": "50.00", "declined": 6, "taken": 0}
    assert suggestions_text([row]).splitlines() == [
        "A1: price_max 50.00: she declined 6 dearer SKUs for their price and took none above it",
        "Nothing is changed by itself: ask her, then send the change in the agents drop.",
    ]
    assert suggestions_text([]).startswith("no suggestions")
