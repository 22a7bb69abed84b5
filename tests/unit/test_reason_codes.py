"""Reason codes say the same in both languages, and a reason that cannot be read is refused."""

import pytest

from xuanpin.pipelines.contracts.reason_codes import (
    codes_of,
    parse_reason,
    parse_reason_codes,
    reason_codes,
    reason_sentence,
    value_words,
)
from xuanpin.pipelines.scoring.score_reasons import OUTSIDE_CAUSES

ONE_CODE = "codes:\n  stale: {zh: '{days} 天未更新', en: 'Not updated for {days} days', tables: [alarms]}\n"


@pytest.mark.parametrize("name", sorted(reason_codes()))
def test_every_code_renders_in_both_languages(name: str) -> None:
    code = reason_codes()[name]
    reason = name + (":" + ",".join(f"{key}=7" for key in sorted(code.keys)) if code.keys else "")
    for language in ("zh", "en"):
        sentence = reason_sentence(reason, language)
        assert sentence
        assert "{" not in sentence
        assert (not code.keys) or "7" in sentence
    matched = {"agent_matches", "agent_alternates", "agent_summary", "pick_answers"}
    assert set(code.tables) <= {"sku_list", "sku_scorecard", "alarms"} | matched


def test_values_are_text_unless_the_sentence_asks_for_a_number() -> None:
    assert reason_sentence("pinned_by_override:override_id=0012", "en") == "Pinned by a merchandiser (override 0012)."
    assert reason_sentence("pinned_by_override:override_id=0012", "zh") == "运营人员置顶（干预编号 0012）。"


def test_a_value_that_is_a_code_is_told_in_words() -> None:
    said = "fault_elsewhere:cause=logistics,share=0.54"
    assert reason_sentence(said, "zh") == "近期踩雷有 54% 归因于物流，而非商品本身。"
    assert reason_sentence(said, "en") == "54% of its recent regrets are attributed to logistics, not to the SKU."
    for cause in OUTSIDE_CAUSES.values():
        assert cause in value_words()["cause"]
    assert reason_sentence("not_for_sale:status=None", "zh") == "商品不在售（状态：未知）；恢复在售后即可提名。"


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("no_such_code:a=1", "unknown code"),
        ("pinned_by_override", "takes the keys"),
        ("pinned_by_override:override_id=1,by=x", "takes the keys"),
        ("pinned_by_override:override_id", "write it as code:key=value"),
        ("pinned_by_override:override_id=1,override_id=2", "each key once"),
    ],
)
def test_a_reason_that_says_too_little_or_too_much_is_refused(reason: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reason_sentence(reason, "en")


def test_a_table_carries_only_the_codes_that_name_it() -> None:
    assert "banned_by_override" in codes_of("sku_scorecard")
    assert "banned_by_override" not in codes_of("sku_list")


def test_a_reason_splits_into_its_values() -> None:
    assert parse_reason("near:sku_id=S1,price=9.90") == ("near", {"sku_id": "S1", "price": "9.90"})
    assert parse_reason("out_of_stock") == ("out_of_stock", {})


def test_codes_that_stand_twice_or_disagree_are_refused() -> None:
    assert parse_reason_codes(ONE_CODE)["stale"].keys == {"days"}
    with pytest.raises(ValueError, match="stale stands more than once"):
        parse_reason_codes(ONE_CODE + ONE_CODE.splitlines()[1])
    with pytest.raises(ValueError, match="reason code stale: name the same keys"):
        parse_reason_codes(ONE_CODE.replace("for {days} days", "for days"))
