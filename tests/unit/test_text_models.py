"""Characters, terms, opinions, aspects, near_duplicate_keys and title votes on texts short enough to check by eye."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xuanpin.models.text.aspects import ASPECTS, AspectFinder
from xuanpin.models.text.lexicon import load_lexicon
from xuanpin.models.text.near_duplicates import near_duplicate_keys
from xuanpin.models.text.polarity import LexiconScorer, split_clauses
from xuanpin.models.text.product_linking import Candidates, Texts, TitleIndex, compare
from xuanpin.models.text.term_matching import TermMatcher
from xuanpin.models.text.text_encoding import EncodedTexts, encode_texts, join_texts, pick_texts
from xuanpin.models.text.titles import Titles


@pytest.fixture(scope="module")
def scorer() -> LexiconScorer:
    """Our lexicon laid out for search, which takes longer than a text."""
    return LexiconScorer(load_lexicon())


def texts_of(encoded: EncodedTexts) -> list[str]:
    words = np.split(encoded.chars, encoded.row_starts[1:-1])
    return ["".join(map(chr, word[:-1])) for word in words]


def test_encoding_normalises_and_keeps_rows_apart() -> None:
    assert texts_of(encode_texts(["ＡＢ１２！！！！！！", "", "x\x01y\x00z", "😍好"])) == ["ab12!!!", "", "xyz", "😍好"]


def test_picking_and_joining_texts() -> None:
    encoded = encode_texts(["甲", "乙乙", "丙"])
    assert texts_of(pick_texts(encoded, np.array([2, 0]))) == ["丙", "甲"]
    assert texts_of(join_texts(encoded, np.array([1, 1, 0]), 3)) == ["丙", "甲,乙乙", ""]


def test_longer_terms_cover_shorter_ones_and_never_cross_rows() -> None:
    matcher = TermMatcher(["好", "不好", "不好用", "用了"])
    encoded = encode_texts(["不好用了", "不", "好"])
    hits = matcher.find(encoded)
    assert [matcher.terms[term] for term in hits.terms] == ["不好用", "用了", "好"]


TERMS = st.lists(st.text("ab好😀", max_size=4), max_size=12)


@given(TERMS, st.lists(st.text("abc好😀", max_size=9), max_size=4))
def test_finds_what_a_search_term_by_term_finds(terms: list[str], texts: list[str]) -> None:
    found = {(start, start + length): term for start, length, term in _searched(terms, encode_texts(texts))}
    covered = {(a, b) for a, b in found for c, d in found if (a, b) != (c, d) and c <= a and b <= d}
    hits = TermMatcher(terms).find(encode_texts(texts))
    assert dict(zip(zip(hits.starts, hits.ends, strict=True), hits.terms, strict=True)) == {
        span: term for span, term in found.items() if span not in covered
    }


def _searched(terms: list[str], encoded: EncodedTexts) -> Iterator[tuple[int, int, int]]:
    """Where each term stands, its length and its number; the first of equal ones comes last."""
    for number, term in reversed(list(enumerate(texts_of(encode_texts(terms))))):
        for text, first in zip(texts_of(encoded), encoded.row_starts, strict=False):
            for start in range(len(text) - len(term) + 1 if term else 0):
                if text[start : start + len(term)] == term:
                    yield int(first) + start, len(term), number


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("很好用，满意", 1),
        ("不好用", -1),
        ("没有那么好", -1),
        ("一点都不难看", 1),
        ("垃圾，别买", -1),
        ("😡😡", -1),
        ("不爱吃", -1),
        ("别提多难吃了", -1),
        ("难吃才怪", 1),
        ("后悔没多买", 1),
        ("没坏掉", 1),
        ("不是很甜", -1),
        ("没有不好", 1),
        ("一点都不酸", 1),
        ("没有之前买的新鲜", -1),
        ("不如上次", -1),
        ("不如超市的新鲜", -1),
        ("不仅好吃", 1),
        ("没想到好吃", 1),
        ("号称“静音”", -1),
        ("蘋果都爛掉了", -1),
        ("not bad", 1),
        ("badge", 0),
        ("面料Q弹", 1),
        ("10分", 1),
        ("henhaochi", 1),
        ("bu hao chi", -1),
        ("今天周六", 0),
        ("草莓", 0),
    ],
)
def test_opinions_with_degree_and_negation(scorer: LexiconScorer, text: str, sign: int) -> None:
    assert np.sign(scorer.score(encode_texts([text]))[0]) == sign


def test_a_deployment_extends_the_lexicon(tmp_path: Path) -> None:
    (tmp_path / "polarity.csv").write_text("term,polarity\n绝绝紫,2\n满意,0\n", encoding="utf-8")
    scores = LexiconScorer(load_lexicon(tmp_path)).score(encode_texts(["绝绝紫", "满意", "漂亮"]))
    assert scores[0] > 0 and scores[1] == 0 and scores[2] > 0


def test_a_negator_may_reach_further(tmp_path: Path) -> None:
    (tmp_path / "negators.csv").write_text("term,reach\n哪像,7\n何曾,\n", encoding="utf-8")
    scorer = LexiconScorer(load_lexicon(tmp_path))
    scores = scorer.score(encode_texts(["哪像隔壁家的那么好", "何曾隔壁家的那么好", "何曾好"]))
    assert np.sign(scores).tolist() == [-1, 1, -1]
    (tmp_path / "negators.csv").write_text("term,reach\n哪像,远\n", encoding="utf-8")
    load_lexicon.cache_clear()
    with pytest.raises(ValueError, match=r"negators\.csv line 2"):
        load_lexicon(tmp_path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("term,polarity\n好,高\n", "polarity.csv line 2: polarity of '好' must be a number"),
        ("term,polarity\n好,nan\n", "polarity.csv line 2: polarity of '好' must be a number"),
        ("term,polarity\n好,inf\n", "polarity.csv line 2: polarity of '好' must be a number"),
        ("term,polarity\n好,吃,2\n", "polarity.csv line 2: has more cells than columns"),
        ("term,polarity\n好,2\n".encode("gb18030"), "polarity.csv: is not UTF-8"),
    ],
)
def test_a_broken_lexicon_names_file_and_line(tmp_path: Path, content: str | bytes, says: str) -> None:
    (tmp_path / "polarity.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=re.escape(says)):
        load_lexicon(tmp_path)


def test_clauses_and_their_aspects() -> None:
    encoded = encode_texts(["物流很快，质量太差！", "？？", ""])
    clauses, text_of = split_clauses(encoded)
    assert texts_of(clauses) == ["物流很快", "质量太差", "", ""] and text_of.tolist() == [0, 0, 1, 2]
    known = {"物流很快": 0.9, "质量太差": 0.1}
    found = AspectFinder(load_lexicon()).find(
        clauses, text_of, lambda spoken: np.array([known[text] for text in texts_of(spoken)])
    )
    named = {ASPECTS[aspect]: round(value, 2) for aspect, value in zip(found.aspects, found.polarities, strict=True)}
    assert named == {"delivery": 0.8, "quality": -0.8}


def test_near_identical_texts_share_a_fingerprint() -> None:
    same = ["这个草莓真的太好吃了，强烈推荐大家买！", "这个草莓真的太好吃了 强烈推荐大家买！！"]
    first, second = near_duplicate_keys(encode_texts([*same, "物流慢得离谱，等了整整一个星期", "好吃"]))
    assert first[0] == first[1] and second[0] == second[1]
    assert first[2] not in (first[0], -1) and first[3] == -1


GOODS = Titles.build(encode_texts(["奶油草莓", "奶油蛋糕", "奶油草莓礼盒"]), TermMatcher(["很甜"]))


def run_request(texts: list[str], contexts: list[int], moments: list[int]) -> Texts:
    rows, pairs = GOODS.pairs_in(encode_texts(texts))
    return Texts(rows, pairs, np.array(contexts), np.array(moments), np.zeros(len(texts), np.int64))


def test_title_votes_abstain_on_ties_and_obey_time() -> None:
    shown = Candidates(
        contexts=np.array([0, 0, 1]),
        items=np.array([7, 8, 9]),
        title_of=np.array([0, 1, 0]),
        since=np.array([10, 10, 10]),
        lifetime=10,
    )
    rarity = GOODS.rarity(np.ones((1, 3), bool))
    index = TitleIndex.build(GOODS, shown)
    asked = run_request(
        ["草莓很甜", "奶油多", "草莓很甜", "草莓很甜", "草莓很甜"], [0, 0, 1, 0, 0], [10, 15, 15, 20, 9]
    )
    assert index.find(asked, rarity).votes(5).items.tolist() == [7, -1, 9, -1, -1]
    # The same SKUs one by one: the moment plays no part.
    assert compare(GOODS, shown, asked, rarity).votes(5).items.tolist() == [7, -1, 9, 7, 7]


def test_what_is_rare_is_counted_by_day_whatever_other_days_are_read_beside_it() -> None:
    alone = GOODS.rarity(np.array([[True, True, False]]))
    beside = GOODS.rarity(np.array([[True, False, True], [True, True, False]]))
    assert np.array_equal(alone.of_pairs[0], beside.of_pairs[1])
    assert np.array_equal(alone.of_titles[0], beside.of_titles[1])
    assert not np.array_equal(beside.of_pairs[0], beside.of_pairs[1])


def test_a_pair_that_too_many_goods_of_a_group_share_names_none() -> None:
    many = np.arange(101)
    nothing = 0 * many
    rarity = GOODS.rarity(np.ones((1, 3), bool))
    asked = run_request(["草莓"], [0], [0])
    for skus, found in ((100, 100), (101, 0)):
        shown = Candidates(nothing[:skus], many[:skus], nothing[:skus], nothing[:skus], lifetime=1)
        assert len(TitleIndex.build(GOODS, shown).find(asked, rarity).rows) == found
