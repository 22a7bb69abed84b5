"""Alarms as people read them: a supplier with its SKUs is one, in words of both languages, tomorrow's list first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.night_tables import Row, ago, promised, put_table, selected
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.reporting.alarms import TOGETHER, alarm_sheet, named, rolled_up, spoken, statements

ALARM = "level varchar, entity_id varchar, metric varchar, since_on date, severity varchar, evidence varchar"
DRIFT = "raised_on=2026-11-20,observed=21,expected=7.9,height=7.2,false_share=0.07"


@pytest.fixture
def engine() -> Iterator[Engine]:
    opened = open_memory()
    skus = [
        {"sku_id": f"S{number}", "title": f"商品{number}", "supplier_id": f"P{number // 10}"} for number in range(40)
    ]
    put_table(opened, "night.stg_products", "sku_id varchar, title varchar, supplier_id varchar", *skus)
    promised(opened, "night.sku_list", "sku_list", [{**skus[3], "list_rank": 5}, {**skus[7], "list_rank": 2}])
    yield opened
    opened.close()


def told(engine: Engine, *alarms: Row) -> list[dict[str, Any]]:
    usual = {"level": "sku", "metric": "regret_rate", "since_on": ago(9), "severity": "warning", "evidence": DRIFT}
    put_table(engine, "night.alarms", ALARM, *alarms, **usual)
    return rolled_up(engine.select("report_alarms", together=TOGETHER).to_pylist())


def test_a_supplier_that_explains_nine_skus_is_one_alarm_with_its_nine(engine: Engine) -> None:
    nine = [{"entity_id": f"S{number}", "since_on": ago(12 - number)} for number in range(9)]
    (found,) = told(engine, {"level": "supplier", "entity_id": "P0"}, *nine)
    assert (found["level"], found["entity_id"], found["since_on"], found["on_list"]) == ("supplier", "P0", ago(12), 2)
    # Those of tomorrow's list come first, in its order.
    assert [row["entity_id"] for row in found["members"]] == ["S7", "S3", "S0", "S1", "S2", "S4", "S5", "S6", "S8"]
    assert [row["list_rank"] for row in found["members"][:3]] == [2, 5, None]


def test_three_of_one_supplier_are_one_matter_and_two_are_two(engine: Engine) -> None:
    three = told(engine, *({"entity_id": f"S{number}"} for number in (11, 12, 13)))
    assert [(row["level"], row["entity_id"], len(row["members"])) for row in three] == [("supplier", "P1", 3)]
    assert statements(three[0])[0]["zh"] == "同一家的 3 个商品先后变差，问题多半在供应商或批次。"
    two = told(engine, *({"entity_id": f"S{number}"} for number in (11, 12)))
    assert [(row["level"], row["entity_id"]) for row in two] == [("sku", "S11"), ("sku", "S12")]


def test_danger_is_never_hidden_under_a_supplier(engine: Engine) -> None:
    danger = {"entity_id": "S4", "metric": "danger", "evidence": "reports=2,accounts=2"}
    found = told(engine, {"level": "supplier", "entity_id": "P0"}, {"entity_id": "S4"}, danger)
    assert {(row["level"], row["entity_id"]) for row in found} == {("supplier", "P0"), ("sku", "S4")}


def test_what_concerns_tomorrow_comes_first_among_the_serious(engine: Engine) -> None:
    found = told(
        engine,
        {"entity_id": "S20", "severity": "info"},
        {"entity_id": "S30"},
        {"entity_id": "S3"},
        {"level": "source", "entity_id": "returns", "metric": "no_returns", "severity": "critical"},
    )
    assert [row["entity_id"] for row in found] == ["returns", "S3", "S30", "S20"]
    assert [name["en"] for name in named(found, "sku")] == ["商品3", "商品30"]
    assert named(found, "source") == [{"zh": "退货", "en": "returns"}]
    assert [row["list_rank"] for row in found] == [None, 5, None, None]


def test_two_signs_of_one_sku_are_one_alarm_as_sure_as_the_surer(engine: Engine) -> None:
    weaker = DRIFT.replace("0.07", "0.31")
    (found,) = told(
        engine,
        {"entity_id": "S3", "metric": "complaint_rate", "severity": "info", "evidence": weaker},
        {"entity_id": "S3"},
    )
    assert (found["severity"], found["false_share"], len(found["alarms"])) == ("warning", 0.07, 2)


@pytest.mark.parametrize(
    ("metric", "evidence", "zh", "en"),
    [
        (
            "regret_rate",
            DRIFT,
            "踩雷变多：这段时间有 21 次，照以往只该有 7.9 次。",
            "More regrets: 21 came where 7.9 were due.",
        ),
        (
            "calibration_return_rate_listed",
            "predicted=0.0512,observed=0.0731,lines=812",
            "退货率（清单内）没估准：预测 5.1 %，实际 7.3 %（812 行订单）。",
            "Return rates (listed SKUs) were misjudged: predicted 5.1 %, observed 7.3 % (812 order lines).",
        ),
        (
            "posts",
            "recent=12,usual=300",
            "数据量反常（发帖）：最近七天 12，平常一周 300。",
            "Unusual volume (posts): 12 in the last seven days, 300 in a usual week.",
        ),
        (
            "promise_audit",
            "share=0.0900,lower=0.0610,bound=0.1200,stated=0.0200,tightened_promise=0.0164,skus=240",
            "前几期清单的雷品比声称的多：看来有 9.0 %，至少 6.1 %，当时声称 2.0 %；下一期只许 1.6 %。",
            "The last lists held more landmines than they stated: about 9.0 %, at least 6.1 %, against 2.0 %; "
            "the next may state 1.6 %.",
        ),
        ("of_a_later_release", "deep=3", "of_a_later_release: deep=3", "of_a_later_release: deep=3"),
    ],
)
def test_an_alarm_is_a_sentence_in_both_languages(engine: Engine, metric: str, evidence: str, zh: str, en: str) -> None:
    (found,) = told(engine, {"level": "source", "entity_id": "predictions", "metric": metric, "evidence": evidence})
    assert statements(found) == [{"zh": zh, "en": en}]
    assert f'<span lang="en">{en}</span>' in spoken(found)


def test_the_workbook_has_one_row_a_matter(engine: Engine) -> None:
    found = told(engine, {"level": "supplier", "entity_id": "P0"}, {"entity_id": "S3"}, {"entity_id": "S1"})
    assert alarm_sheet(found) == [
        {
            "severity": "警告",
            "level": "供应商",
            "entity_id": "P0",
            "title": None,
            "since_on": ago(9),
            "alarm": "踩雷变多：这段时间有 21 次，照以往只该有 7.9 次。",
            "on_list": 2,
            "skus": "S3 商品3（明日清单第 5 位）\nS1 商品1",
            "false_share": 0.07,
        }
    ]


def test_no_alarm_is_no_row(engine: Engine) -> None:
    assert told(engine) == []
    assert selected(engine, "report_alarms", "level", together=TOGETHER) == []
