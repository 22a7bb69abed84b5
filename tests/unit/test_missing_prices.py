"""Every source that may be missing has a price in both languages, and settings that accept it."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from pydantic import ValidationError

from xuanpin.pipelines.contracts import OPTIONAL, TABLES, load_contract
from xuanpin.pipelines.missing.prices import OUTCOMES, accepting_lines, manifest_prices, price_of, prices, told_prices
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.assumptions import SNAPSHOTS, STAND_INS, AssumptionSettings

CHINESE = re.compile("[\u4e00-\u9fff]")


def test_each_source_table_has_a_stand_in_or_none_and_those_that_cost_have_a_price() -> None:
    assert set(STAND_INS) == set(TABLES["source"])
    tables = {name for name in prices() if name in TABLES["source"]}
    assert tables == {name for name, allowed in STAND_INS.items() if allowed} - set(OPTIONAL)


def test_a_price_of_a_column_is_that_of_a_column_of_a_contract() -> None:
    columns = [name.split(".") for name in prices() if "." in name]
    assert columns == [pair for pair in columns if pair[1] in load_contract(pair[0]).column_names]


@pytest.mark.parametrize("name", sorted(prices()))
def test_a_price_is_told_in_both_languages_without_an_open_brace(name: str) -> None:
    said = price_of(name)
    assert CHINESE.search(said.chinese) and not CHINESE.search(str(said))
    assert "{" not in str(said) + said.chinese


def test_a_price_names_what_the_settings_assume() -> None:
    said = price_of("inventory", AssumptionSettings(stock_ratio=1.5, stock_units=7))
    assert "1.5 times" in said and "at least 7" in said and "1.5 倍" in said.chinese


def test_without_returns_and_chat_one_sentence_says_so_first() -> None:
    both = told_prices(["agents", *OUTCOMES])
    assert [str(line).split(":")[0] for line in both] == ["Neither returns nor chat", "No list of agents"]
    assert [str(line).split(":")[0] for line in told_prices(["agents", "returns"])] == [
        "No returns",
        "No list of agents",
    ]


def _begun(missing: list[str]) -> list[str]:
    return [str(line).split(":")[0] for line in told_prices(missing)]


def test_a_manifest_of_an_earlier_release_names_no_price() -> None:
    assert manifest_prices({"settings": {}}) == []
    manifest = {
        "missing_sources": ["agents"],
        "settings": {"assumptions": AssumptionSettings(agent_slots=4).model_dump()},
    }
    (said,) = manifest_prices(manifest)
    assert "4 places a day" in said


def test_the_lines_that_accept_what_is_missing_are_settings() -> None:
    lines = accepting_lines(TABLES["source"])
    settings = Settings.model_validate(tomllib.loads(lines))
    found = {name: getattr(settings.sources.tables, name).stand_in for name in TABLES["source"]}
    assert found == {name: allowed[0] if allowed else None for name, allowed in STAND_INS.items()}


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        ({"orders": {"stand_in": "nothing"}}, "without orders there is no list"),
        ({"returns": {"stand_in": "orders"}}, 'write stand_in = "nothing" for returns'),
        ({"groups": {"stand_in": "nothing"}}, "without groups no chat can be read"),
        ({"returns": {"snapshot": True}}, ", ".join(SNAPSHOTS)),
    ],
)
def test_a_stand_in_that_cannot_be_is_refused_with_what_can(tables: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(told)):
        Settings(sources={"tables": tables})
