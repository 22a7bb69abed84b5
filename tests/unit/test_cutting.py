"""Texts are cut where a character ends."""

import pytest

from xuanpin.pipelines.typed.cutting import cut

FAMILY, FLAG, THUMB, HEART, KEYCAP = "👨‍👩‍👧", "🇨🇳", "👍🏽", "❤️", "1️⃣"
SCOTLAND = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


def test_what_fits_stays() -> None:
    assert cut("棉柔巾", 3) == "棉柔巾"
    assert cut("", 1) == ""


def test_what_is_too_long_ends_in_an_ellipsis() -> None:
    assert cut("云柔棉柔巾六包", 4) == "云柔棉…"
    assert cut("a bcd", 3) == "a…"
    assert cut("ab", 1) == "…"


@pytest.mark.parametrize("emoji", [FAMILY, FLAG, THUMB, HEART, KEYCAP, SCOTLAND, "é"])
def test_a_character_of_several_signs_stays_whole_or_goes(emoji: str) -> None:
    text = f"ab{emoji}cdefgh"
    for most in range(1, len(text)):
        shown = cut(text, most)
        assert len(shown) <= most
        left = shown.removesuffix("…")
        assert text.startswith(left)
        assert left in ("", "a", "ab") or left.startswith(f"ab{emoji}")


def test_flags_in_a_row_are_parted_between_two() -> None:
    assert cut(FLAG * 3, 4) == f"{FLAG}…"
    assert cut(FLAG * 3, 5) == f"{FLAG * 2}…"
