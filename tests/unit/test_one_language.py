"""Texts keep to one language: no English words in what Chinese readers see, no Chinese in what English readers see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.one_language import BUTTONS, mixed, spans, strangers

ROOT = Path(__file__).resolve().parents[2]
PLACEHOLDER = re.compile(r"{[^}]*}")


def catalogues() -> list[str]:
    """The files with texts in both languages, from the root of the project.

    Messages that quote what is typed, in each room's zh.yaml, are held by test_catalogues.
    """
    rooms = (ROOT / "pipelines", ROOT / "data_contracts" / "published")
    files = sorted(path for room in rooms for path in room.rglob("*.yaml") if path.name != "zh.yaml")
    return [str(path.relative_to(ROOT)) for path in files if re.search(r"\bzh:", path.read_text(encoding="utf-8"))]


def texts(content: Any) -> Iterator[tuple[str, str]]:
    """Every text (language, text) at any depth of a file."""
    if isinstance(content, dict) and {"zh", "en"} <= content.keys():
        yield from ((language, PLACEHOLDER.sub("", str(content[language]))) for language in ("zh", "en"))
    elif isinstance(content, dict):
        for part in content.values():
            yield from texts(part)


@pytest.mark.parametrize("file", catalogues())
def test_no_text_of_a_catalogue_has_words_of_the_other_language(file: str) -> None:
    found = list(texts(yaml.load((ROOT / file).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)))
    assert found, f"{file} has no text in both languages"
    assert list(mixed(((language, text) for language, text in found if text not in BUTTONS), ())) == []


def test_a_text_that_mixes_is_found_and_names_and_data_are_not() -> None:
    assert strangers("近期踩雷有 54% 归因于logistics", "zh", ()) == ["logistics"]
    assert strangers("Her groups kept 9 units of 家居/厨具", "en", ()) == ["家居", "厨具"]
    assert strangers("Her groups kept 9 units of 家居/厨具", "en", ["家居/厨具"]) == []
    assert strangers("缺少 sku_id；用 xuanpin approve 批准 S00012 这个 SKU", "zh", ()) == []


def test_texts_of_a_page_are_found_by_their_language() -> None:
    page = (
        '<p><span lang="zh-CN">好 <b>的</b></span><span lang="en">good</span></p><option data-zh="全部" data-en="All">'
    )
    assert spans(page) == [("zh", "好 "), ("zh", "的"), ("en", "good"), ("zh", "全部"), ("en", "All")]
