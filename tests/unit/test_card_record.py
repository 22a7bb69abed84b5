"""The card tells an agent how her groups took what she recommended: kindly, without money, rank or single customers."""

from __future__ import annotations

from typing import Any

import pytest

from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.explain import agent_text
from xuanpin.pipelines.reporting.card import card_page, card_text

FACTS: dict[str, Any] = {
    "agent_id": "A1",
    "list_date": "2026-11-22",
    "slots_asked": 8,
    "matches_given": 8,
    "shortfall_code": None,
    "matches": [],
    "alternates": [],
    "picks": [],
}
RECORD = {
    "recommended_lines": 41,
    "kept_lines": 38,
    "returned_lines": 3,
    "feedback_voices": 12,
    "happy_voices": 11,
    "declined_skus": 5,
    "declined_right": 3,
    "declined_fine": 1,
}
ZH = """您近四周的推荐：
您推荐的商品，群友收到了 41 单：目前留下 38 单，退回 3 单。
群里说起这些商品的有 12 次，其中 11 次满意。
您婉拒过 5 款。
其中 3 款后来果然退货或投诉多，您看得准，替群友挡下了。
1 款在别的群反响不错；适不适合您的群，还是您最清楚。
"""
EN = """Your last four weeks:
Your groups received 41 orders of SKUs that you recommended: 38 are kept so far and 3 came back.
They spoke of these SKUs 12 times, 11 times content.
You declined 5 of our SKUs.
3 of them turned out badly since: you saw it, and spared your groups that.
1 did well in other groups; what suits yours you know best.
"""


@pytest.mark.parametrize(("language", "told"), [("zh", ZH), ("en", EN)])
def test_a_whole_record_is_told_in_her_words(language: Language, told: str) -> None:
    assert f"\n\n{told}\n" in card_text(FACTS | RECORD, language)
    page = card_page(FACTS | RECORD, language)
    head, *sentences = told.rstrip().split("\n")
    assert f"<h2>{head.rstrip(':：')}</h2>\n<p>{('' if language == 'zh' else ' ').join(sentences)}</p>" in page


@pytest.mark.parametrize(
    ("known", "said", "unsaid"),
    [
        ({"returned_lines": 0, "kept_lines": 41}, ["到现在一单都没有退"], ["退回"]),
        (
            {"recommended_lines": None, "kept_lines": None, "returned_lines": None},
            ["您婉拒过 5 款"],
            ["群友收到", "单"],
        ),
        ({"feedback_voices": None, "happy_voices": None}, ["退回 3 单"], ["群里说起"]),
        ({"declined_right": 0}, ["反响不错"], ["看得准"]),
        ({"declined_fine": 0}, ["看得准"], ["反响不错"]),
        ({"declined_right": 0, "declined_fine": 0}, ["还要再看一阵"], ["看得准", "反响不错"]),
        ({"declined_skus": 0, "declined_right": 0, "declined_fine": 0}, ["群里说起"], ["婉拒", "再看"]),
    ],
)
def test_only_what_is_known_is_said(known: dict[str, Any], said: list[str], unsaid: list[str]) -> None:
    card = card_text(FACTS | RECORD | known, "zh")
    record = card[card.index("您近四周的推荐") : card.index("您自己拿不准的")]
    assert [text for text in said if text not in record] == []
    assert [text for text in unsaid if text in record] == []


@pytest.mark.parametrize("nothing", [{}, dict.fromkeys(RECORD), dict.fromkeys(RECORD, 0)])
def test_who_has_no_record_reads_no_heading(nothing: dict[str, Any]) -> None:
    assert "近四周" not in card_text(FACTS | nothing, "zh") + card_page(FACTS | nothing, "zh")
    assert agent_text(FACTS | nothing) == "A1 · list date 2026-11-22: 8 of 8 slots filled"


FEW = {"matches_given": 1, "shortfall_code": "few_permitted"}


@pytest.mark.parametrize(("nights", "is_said"), [(None, False), (1, False), (2, False), (3, True)])
def test_who_gets_few_for_the_third_list_date_is_offered_a_word(nights: int | None, is_said: bool) -> None:
    facts = FACTS | FEW | {"nights_short": nights}
    assert (f"已经连续 {nights} 个清单日不到您要的一半了" in card_text(facts, "zh")) is is_said
    assert (f"For {nights} list dates running it has been fewer than half" in card_text(facts, "en")) is is_said


def test_an_explanation_tells_the_record_and_the_run_of_short_nights_with_its_reason() -> None:
    assert agent_text(FACTS | FEW | RECORD | {"nights_short": 2}).split("\n") == [
        "A1 · list date 2026-11-22: 1 of 8 slots filled (few_permitted)",
        "Matches for fewer than half of her slots, 2 list dates running: Fewer SKUs on the list pass her requirements "
        "than she has slots.",
        "Her last 28 list dates: 41 lines delivered, 3 returned; 11 of 12 voices content; 5 SKUs declined, 3 of them "
        "bad since and 1 well",
    ]
    assert "running" not in agent_text(FACTS | FEW | {"nights_short": 1})


def test_a_weakest_tenth_counts_each_size_by_its_agents() -> None:
    from xuanpin.pipelines.reporting.left_behind import weakest_share

    sizes = [
        {"agents": 3, "kept_units": 2.0, "weakest_kept_units": 1.0},
        {"agents": 1, "kept_units": 6.0, "weakest_kept_units": 5.0},
    ]
    assert weakest_share(sizes) == {"weakest": 2.0, "everyone": 3.0, "share": pytest.approx(2 / 3)}
    assert weakest_share([]) is None
    assert weakest_share([{"agents": 3, "kept_units": 0.0, "weakest_kept_units": 0.0}]) == {
        "weakest": 0.0,
        "everyone": 0.0,
        "share": 0.0,
    }
