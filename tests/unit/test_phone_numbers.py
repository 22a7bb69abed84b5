"""Every range of mobile numbers that is in use leaves a text, and what only looks like one stays."""

import sys
import unicodedata

import pyarrow as pa
import pytest

from xuanpin.models.text.names import KnownNames
from xuanpin.models.text.redaction import redact_texts
from xuanpin.models.text.written_digits import read_plain


def redact(text: str) -> str:
    return str(redact_texts(pa.array([text]), KnownNames())[0].as_py())


@pytest.mark.parametrize("second", "3456789")
def test_every_mobile_range_is_replaced(second: str) -> None:
    assert redact(f"打我电话1{second}812345678") == "打我电话〔电话〕"


@pytest.mark.parametrize("text", ["共1381234567件", "6913812345678", "20261120135959"])
def test_other_figures_stay(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("text", ["单号10812345678", "单号12812345678", "单号138123456789"])
def test_a_number_of_an_order_is_no_telephone(text: str) -> None:
    assert redact(text) == "单号〔单号〕"


@pytest.mark.parametrize("text", ["+8613812345678", "0086 13812345678", "138 1234 5678", "138.1234.5678"])
def test_numbers_are_replaced_however_they_are_written(text: str) -> None:
    assert redact(text) == "〔电话〕"


def test_every_digit_of_every_script_is_read() -> None:
    every = [chr(code) for code in range(0x80, sys.maxunicode + 1) if unicodedata.digit(chr(code), None) is not None]
    assert [char for char in every if not read_plain(char).isascii()] == []
    assert redact("打我电话" + "".join(chr(0x1FBF0 + int(digit)) for digit in "13812345678")) == "打我电话〔电话〕"
