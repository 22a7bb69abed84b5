"""What an agent and her adviser are told that she could post instead of a match: on her card and by `explain`."""

from typing import Any

from xuanpin.pipelines.explain import agent_text
from xuanpin.pipelines.reporting.card import card_page, card_text

SKU: dict[str, Any] = {
    "sku_id": "S2", "title": "毛衣 <厚>", "list_price": "59.00", "fit": 0.5, "satisfaction": 0.9, "return_rate": 0.05,
    "evidence_orders": 40,
}  # fmt: skip
SWAP = SKU | {"alternate_rank": 1, "acceptance": 0.625, "reasons": ["style_match:tag=简约", "expected_kept:units=1.00"]}
BARE = SKU | {"alternate_rank": 2, "acceptance": 0.5, "title": "袜子", "reasons": ["expected_kept:units=0.10"]}
AGENT: dict[str, Any] = {
    "agent_id": "A1", "list_date": "2026-11-22", "slots_asked": 1, "matches_given": 0, "shortfall_code": None,
    "matches": [], "alternates": [SWAP, BARE], "picks": [],
}  # fmt: skip


def test_the_card_lists_what_she_could_swap_in_each_with_its_first_reason() -> None:
    text = card_text(AGENT, "zh")
    assert "不合适的可以换成下面这些" in text
    assert "- 毛衣 <厚> · ¥59.00 · 合您的审美「简约」。" in text
    assert "- 袜子 · ¥59.00 · 约 90% 的买家满意" in text
    assert "- 毛衣 <厚> · ¥59.00 · It has your style 简约." in card_text(AGENT, "en")
    page = card_page(AGENT, "en")
    assert "Swap any that do not suit for one of these." in page and "毛衣 &lt;厚&gt;" in page


def test_who_has_nothing_to_swap_in_is_told_nothing_of_it() -> None:
    alone = AGENT | {"alternates": []}
    assert "换成" not in card_text(alone, "zh") and "Swap" not in card_page(alone, "en")
    assert "Or swap" not in agent_text(alone)


def test_explain_tells_alternates_with_the_chance_that_she_takes_them_and_every_reason() -> None:
    lines = agent_text(AGENT).splitlines()
    first = lines.index("Or swap for:") + 1
    assert lines[first] == "  1. S2 · 毛衣 <厚> · 59.00 CNY · fit 0.50 · taken with a probability of 0.62"
    assert lines[first + 1 : first + 3] == [
        "     - It has her style 简约.",
        "     - 1.00 kept units are expected of it together with her other SKUs.",
    ]
