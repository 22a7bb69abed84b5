"""Rules that rows break, in words: every rule of every source has them in both languages."""

from __future__ import annotations

import re

import pytest

from xuanpin.pipelines.contracts import source_contracts
from xuanpin.pipelines.ingest.quarantine import all_rules
from xuanpin.pipelines.reporting.broken_rules import broken_rule, broken_rules, check_name


@pytest.mark.parametrize("table", [contract.name for contract in source_contracts()])
def test_every_rule_that_sets_a_row_aside_is_said_in_both_languages(table: str) -> None:
    (contract,) = [contract for contract in source_contracts() if contract.name == table]
    references = [f"{column}_unknown" for column in contract.references]
    for rule in (*all_rules(contract), *(rule.name for rule in contract.rules), *references):
        zh, en = broken_rule(rule, "zh"), broken_rule(rule, "en")
        assert re.search("[\u4e00-\u9fff]", zh) and zh != rule, rule
        assert not re.search("[\u4e00-\u9fff]", en) and en != rule, rule


@pytest.mark.parametrize(
    ("rule", "zh", "en"),
    [
        ("group_id_missing", "缺少 group_id", "group_id is missing"),
        ("unit_price_below_minimum", "unit_price 低于允许的最小值", "unit_price is below its minimum"),
        ("price_max_below_price_min", "price_max 低于 price_min", "price_max is below price_min"),
        ("delivered_at_before_ordered_at", "delivered_at 早于 ordered_at", "delivered_at is before ordered_at"),
        ("ordered_at_after_now", "ordered_at 晚于现在", "ordered_at is in the future"),
        ("of_a_later_release", "of_a_later_release", "of_a_later_release"),
    ],
)
def test_a_rule_names_its_columns(rule: str, zh: str, en: str) -> None:
    assert (broken_rule(rule, "zh"), broken_rule(rule, "en")) == (zh, en)


def test_rules_of_one_row_stand_side_by_side_and_a_check_names_its_table() -> None:
    assert broken_rules("sku_id_missing, quantity_type", "zh") == "缺少 sku_id；quantity 的格式读不懂"
    assert check_name("orders.quantity_below_minimum") == {
        "zh": "订单行：quantity 低于允许的最小值",
        "en": "orders: quantity is below its minimum",
    }
