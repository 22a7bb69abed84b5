"""Every message has a Chinese text that says the same with the same values, and no catalogue says what nobody uses."""

from __future__ import annotations

import re

from tests.support.phrase_use import placeholders, templates_in, used_templates
from xuanpin.pipelines.typed.phrase import catalogues

CHINESE = re.compile("[\u4e00-\u9fff]")
LATIN_COMMA = re.compile("[\u4e00-\u9fff][,;?!]|[,;][\u4e00-\u9fff]")


def test_every_message_has_a_chinese_text_in_the_catalogue_of_a_room_that_says_it() -> None:
    written = {entry["en"]: room for room, entries in catalogues().items() for entry in entries}
    used = used_templates()
    assert sorted(used.keys() - written.keys()) == []
    assert sorted(written.keys() - used.keys()) == []
    assert [text for text, room in written.items() if room and room not in used[text]] == []


def test_no_message_is_translated_twice() -> None:
    english = [entry["en"] for entries in catalogues().values() for entry in entries]
    assert len(english) == len(set(english))


def test_both_texts_take_the_same_values() -> None:
    unlike = [
        entry["en"]
        for entries in catalogues().values()
        for entry in entries
        if placeholders(entry["en"]) != placeholders(entry["zh"])
    ]
    assert unlike == []


def test_a_chinese_text_is_chinese_and_has_chinese_marks() -> None:
    entries = [entry["zh"] for entries in catalogues().values() for entry in entries]
    assert [text for text in entries if LATIN_COMMA.search(text)] == []
    assert [
        text for text in entries if text and not CHINESE.search(text) and re.search("[a-z]{3} [a-z]{3}", text)
    ] == []


def test_templates_are_found_in_the_source() -> None:
    source = 'phrase("a {b}" if c else "d", b=1), other("e")'
    assert list(templates_in(source)) == ["a {b}", "d"]
