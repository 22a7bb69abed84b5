"""A number that somebody sends in parts leaves every part; amounts and sizes that follow one another stay."""

import pytest

from xuanpin.models.text.spans import replaced
from xuanpin.models.text.split_numbers import find_split_numbers


def told(*texts: str) -> list[str]:
    left = list(texts)
    for place, span in find_split_numbers(texts):
        left[place] = replaced(left[place], [span])
    return left


@pytest.mark.parametrize(
    ("texts", "left"),
    [
        (["13800", "138000"], ["〔电话〕", "〔电话〕"]),
        (["我的电话138", "0013", "8000", "谢谢"], ["我的电话〔电话〕", "〔电话〕", "〔电话〕", "谢谢"]),
        (["好", "138", "00138000 打这个"], ["好", "〔电话〕", "〔电话〕 打这个"]),
        (["一三八零", "零一三八零零零"], ["〔电话〕", "〔电话〕"]),
        (["330106", "19900101", "1234"], ["〔证件〕", "〔证件〕", "〔证件〕"]),
        (["1380013800", "0", "要2件"], ["〔电话〕", "〔电话〕", "要2件"]),
    ],
)
def test_parts_of_one_number_are_replaced(texts: list[str], left: list[str]) -> None:
    assert told(*texts) == left


@pytest.mark.parametrize(
    "texts",
    [
        ["要2", "3"],
        ["收到12", "155", "160"],
        ["尺码165", "45678901斤"],
        ["1", "3800138000"],
        ["138", "在吗", "00138000"],
        ["买了13", "8001380001件"],
        ["13800138000", "12"],
    ],
)
def test_other_numbers_that_follow_one_another_stay(texts: list[str]) -> None:
    assert told(*texts) == texts
