"""Which titles are those of the same goods: under tricks of spelling, and where they are honestly others."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from xuanpin.models.text.title_keys import MOST_HOLDERS, image_keys, near_titles, title_keys


def key(title: str | None) -> str:
    return str(title_keys(pa.array([title], pa.string()))[0].as_py())


@pytest.mark.parametrize(
    "title",
    [
        "红富士苹果5斤装",
        "红富士苹果 10斤",
        "红富士苹果　２．５ＫＧ",
        "【红富士】苹果！🍎",
        "红 富 士·苹 果 五斤装",
        "2026年红富士苹果 两箱",
        "红富士\u200b苹果",
    ],
)
def test_packs_years_and_ornament_make_no_other_goods(title: str) -> None:
    assert key(title) == "红富士苹果"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("商品12", "商品12"),
        ("A-3", "a3"),
        ("100个", "100个"),
        ("🍎！", ""),
        (None, ""),
        ("三只松鼠坚果礼盒", "松鼠坚果礼盒"),
    ],
)
def test_a_title_of_hardly_a_letter_keeps_its_numbers(title: str | None, expected: str) -> None:
    assert key(title) == expected


def nearness(one: str, other: str, groups: tuple[int, int] = (0, 0)) -> float:
    found = near_titles(pa.array([one, other]), np.array(groups))
    assert len(found[0]) <= 1
    return float(found[2][0]) if len(found[0]) else 0.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("禾小作云柔棉柔巾", "禾小作云柔棉柔巾新", id="one more"),
        pytest.param("禾小作云柔棉柔巾", "禾小作云柔柔巾", id="one less"),
        pytest.param("禾小作云柔棉柔巾", "禾小作云柔棉纱巾", id="one other of eight"),
        pytest.param("禾小作云柔棉柔巾", "云柔棉柔巾禾小作", id="another order"),
        pytest.param("禾小作云柔棉柔巾", "官方旗舰店正品保证包邮禾小作云柔棉柔巾", id="many words before it"),
        pytest.param("春夏连衣裙红色长款", "春夏连衣裙蓝色长款", id="another colour"),
    ],
)
def test_near_titles_are_found(one: str, other: str) -> None:
    assert 0.79 <= nearness(one, other) < 1.0
    assert nearness(other, one) == nearness(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("禾小作云柔棉柔巾", "禾小作婴儿湿巾", id="another good of the brand"),
        pytest.param("山禾作垂坠阔腿裤", "山禾作纯棉阔腿裤", id="another make"),
        pytest.param("连衣裙", "春夏连衣裙红色长款", id="a word of every title"),
    ],
)
def test_titles_of_other_goods_are_not_near(one: str, other: str) -> None:
    assert nearness(one, other) == 0.0


def test_another_script_is_no_other_title() -> None:
    assert nearness("红富士苹果礼盒送礼", "紅富士蘋果禮盒送禮") == 1.0


def test_another_suppliers_title_is_other_goods() -> None:
    assert nearness("禾小作云柔棉柔巾", "禾小作云柔棉柔巾新", groups=(0, 1)) == 0.0


def test_what_hundreds_of_titles_share_finds_no_candidates() -> None:
    common = [f"品牌好物{chr(0x4E00 + number)}{chr(0x5E00 + number)}" for number in range(MOST_HOLDERS + 1)]
    titles = pa.array([*common, "春夏连衣裙红色长款", "春夏连衣裙蓝色长款"])
    first, second, _ = near_titles(titles, np.zeros(len(titles), dtype=np.int64))
    assert (first.tolist(), second.tolist()) == ([len(common)], [len(common) + 1])


def test_no_titles_have_no_near_ones() -> None:
    for titles in ([], [""], ["一"]):
        assert [len(part) for part in near_titles(pa.array(titles, pa.string()), np.zeros(len(titles), int))] == [0] * 3


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("https://a.cn/x/1.jpg", "http://a.cn/x/1.jpg?v=2", True),
        ("//a.cn/x/1.JPG!small", "https://a.cn/x/1.JPG", True),
        ("https://a.cn/i.php?id=1", "https://a.cn/i.php?id=2", False),
        ("https://a.cn/x/1.jpg", "https://a.cn/x/2.jpg", False),
    ],
)
def test_a_picture_is_the_same_whatever_its_options(one: str, other: str, is_same: bool) -> None:
    keys = image_keys(pa.array([one, other]))
    assert (keys[0] == keys[1]) is is_same


def test_no_picture_is_no_key() -> None:
    assert image_keys(pa.array([None, " "], pa.string())).to_pylist() == [None, None]
