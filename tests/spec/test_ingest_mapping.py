"""How a platform's own headers and words become contract columns, by settings alone."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.drop_folder import Platform, row
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.settings import Settings

pytestmark = pytest.mark.whole


def products(tmp_path: Path, dropped: dict[str, Any], **mapping: Any) -> dict[str, Any]:
    """What is stored of a product that a platform's drop, mapped so, has brought."""
    settings = Settings.model_validate({"sources": {"tables": {"products": mapping}}})
    platform = Platform(tmp_path, settings).begun()
    platform.drop("products", "more.csv", {name: "S2" if value == "S1" else value for name, value in dropped.items()})
    platform.night()
    return platform.query("select * from source.products where sku_id = 'S2'")[0]


def test_headers_match_whatever_their_case(tmp_path: Path) -> None:
    dropped = {name.upper(): value for name, value in row("products", title="大写").items()}
    assert products(tmp_path, dropped)["title"] == "大写"


def test_a_header_can_be_named_in_the_platforms_words(tmp_path: Path) -> None:
    dropped = row("products", title=...) | {"商品名": "真丝衬衫"}
    assert products(tmp_path, dropped, columns={"商品名": "title"})["title"] == "真丝衬衫"


def test_a_renamed_header_wins_over_one_of_the_contracts_name(tmp_path: Path) -> None:
    dropped = row("products", title="内部名") | {"商品名": "真丝衬衫"}
    assert products(tmp_path, dropped, columns={"商品名": "title"})["title"] == "真丝衬衫"


@pytest.mark.parametrize("given", ["withdrawn", ...])
def test_a_constant_holds_whatever_the_drop_says(tmp_path: Path, given: Any) -> None:
    assert products(tmp_path, row("products", status=given), constants={"status": "active"})["status"] == "active"


@pytest.mark.parametrize(
    ("word", "status"), [
        ("在售", "active"), (" 在售 ", "active"), ("在售\t", "active"), ("\u00a0在售\u200b", "active"),
        ('="在售"', "active"), ("'在售", "active"), ("paused", "paused"), ("paused\t", "paused"),
    ],
)  # fmt: skip
def test_words_are_translated_and_others_left(tmp_path: Path, word: str, status: str) -> None:
    words = {"status": {"在售": "active"}}
    assert products(tmp_path, row("products", status=word), values=words)["status"] == status


@pytest.mark.parametrize(
    ("word", "status"),
    [
        pytest.param("已下架", "withdrawn", id="as shops mean it"),
        pytest.param("售罄", "active", id="as these settings say"),
        pytest.param("在售", "active", id="a word of these settings"),
    ],
)
def test_usual_words_are_read_where_settings_ask_for_them_and_say_nothing_else(
    tmp_path: Path, word: str, status: str
) -> None:
    words = {"status": {"在售": "active", "售罄": "active"}}
    stored = products(tmp_path, row("products", status=word), values=words, usual_words=["status"])
    assert stored["status"] == status


@pytest.mark.parametrize("word", ["神秘状态", "销售结束", "已关闭"])
def test_a_word_that_no_dictionary_has_or_that_says_no_outcome_is_set_aside(tmp_path: Path, word: str) -> None:
    with pytest.raises(InputRefused, match="status_not_allowed"):
        products(tmp_path, row("products", status=word), usual_words=["status"])
