"""What the word list is sure of stays said: no model turns it round or hears nothing, least of all of few phrases."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from xuanpin.models.arrays import Floats
from xuanpin.models.text.lexicon import load_lexicon
from xuanpin.models.text.near_duplicates import effective_families, families, family_weights
from xuanpin.models.text.ngram_logit import NgramLogit
from xuanpin.models.text.polarity import LexiconScorer
from xuanpin.models.text.sentiment import BOOTSTRAPPED, LEXICON_ALONE, LUKEWARM, SentimentModel, bootstrapped
from xuanpin.models.text.sentiment_learning import UNKNOWN, LearningTexts, learn
from xuanpin.models.text.text_encoding import DIMENSIONS, encode_texts
from xuanpin.pipelines.settings import Settings

PRAISE = [
    "收到了质量很好很喜欢",
    "回购第三次了家里人都爱",
    "跟描述一样物超所值",
    "真的不错推荐给闺蜜了",
    "没有踩雷放心入",
]
BLAME = ["质量太差了跟图片不一样", "收到就是坏的很失望", "不好用要退货", "味道很怪不会再买", "踩雷了不推荐"]
TALK = ["在吗", "这个多少钱", "什么时候发货", "有没有其他颜色", "早上好"]


@cache
def scorer() -> LexiconScorer:
    return LexiconScorer(load_lexicon())


def logit(intercept: float) -> NgramLogit:
    """An n-gram logit that says the same of every text."""
    return NgramLogit(np.zeros(DIMENSIONS, np.float32), intercept)


def few_phrases(count: int = 3_000) -> LearningTexts:
    """A chat of 15 phrases, some with a number behind, and outcomes that have nothing to do with them."""
    phrases = PRAISE + BLAME + TALK
    texts = [phrases[number % 15] + (f"，第{number}次买" if number % 7 == 0 else "") for number in range(count)]
    outcomes = np.where(np.arange(count) % 11 == 0, 0, 1).astype(np.int8)
    nothing = np.full(count, UNKNOWN, np.int8)
    return LearningTexts(encode_texts(texts), outcomes, nothing, np.linspace(0, 1, count) * 7 % 1)


def test_a_chat_of_few_phrases_is_read_as_the_word_list_reads_it() -> None:
    model = learn(scorer(), few_phrases())
    for ending in ("", "，第123次买"):
        praised = model.satisfaction(encode_texts([text + ending for text in PRAISE]))
        blamed = model.satisfaction(encode_texts([text + ending for text in BLAME]))
        talked = model.satisfaction(encode_texts([text + ending for text in TALK]))
        assert (praised >= 0.7).all() and (blamed <= 0.2).all()
        assert np.isnan(talked).all()


def test_the_outcomes_of_few_phrases_calibrate_nothing() -> None:
    assert not learn(scorer(), few_phrases()).is_tested


@pytest.mark.parametrize(
    ("text", "is_content"), [("踩雷了不推荐，第12345次买", False), ("真的不错，很喜欢，推荐给闺蜜了", True)]
)
@pytest.mark.parametrize("against", [-9.0, 9.0])
def test_a_firm_opinion_is_neither_turned_round_nor_silent(text: str, is_content: bool, against: float) -> None:
    model = SentimentModel(scorer(), logit(against), BOOTSTRAPPED, BOOTSTRAPPED, logit(-9.0))
    (found,) = model.satisfaction(encode_texts([text]))
    assert (found > 0.6) if is_content else (found < 0.2)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("包装不错，可是质量太差了，东西送人都不好意思", id="opinions of both sides"),
        pytest.param("这一箱里有几个不太新鲜，其余的放在冰箱里一个星期了，家里人每天早上拿一个", id="one word of many"),
    ],
)
def test_what_is_not_firm_is_judged_by_the_model(text: str) -> None:
    quiet = SentimentModel(scorer(), logit(9.0), BOOTSTRAPPED, BOOTSTRAPPED, logit(-9.0))
    assert np.isnan(quiet.satisfaction(encode_texts([text]))).all()
    heard = SentimentModel(scorer(), logit(9.0), BOOTSTRAPPED, BOOTSTRAPPED, logit(9.0))
    assert (heard.satisfaction(encode_texts([text])) > 0.9).all()


def test_what_an_n_gram_logit_may_not_say_the_word_list_does() -> None:
    assert bootstrapped(1.0) == BOOTSTRAPPED
    assert bootstrapped(0.0).lexicon == LEXICON_ALONE.lexicon
    assert bootstrapped(0.5).lexicon == pytest.approx(1.15)


def test_families_are_near_identical_texts_whatever_their_length() -> None:
    found = families(encode_texts(["收到", "收到！", "收到了", *BLAME[:1], f"{BLAME[0]}，3", "", "2"]))
    assert found[0] == found[1] != found[2]
    assert found[3] == found[4] and found[5] == found[6]
    assert len(set(found)) == 4


@pytest.mark.parametrize(
    ("sizes", "most", "effective"),
    [
        pytest.param([1, 1, 1, 1], 20.0, 4.0, id="all different"),
        pytest.param([1_000, 1_000], 20.0, 2.0, id="two phrases"),
        pytest.param([100, 20], 20.0, 2.0, id="none counts more than the most"),
        pytest.param([30, 10], 30.0, 1.6, id="uneven ones are worth less than their number"),
        pytest.param([], 20.0, 0.0, id="no text"),
    ],
)
def test_effective_families_are_as_many_as_equal_ones_would_be(sizes: list[int], most: float, effective: float) -> None:
    family = np.repeat(np.arange(len(sizes)), sizes)
    weights: Floats = family_weights(family, most)
    assert effective_families(family, weights) == pytest.approx(effective)


@pytest.mark.parametrize("text", ["第123次买", "第3次买了", "买了12次"])
def test_a_count_of_times_is_no_complaint(text: str) -> None:
    assert scorer().score(encode_texts([text]))[0] >= 0.0
    assert scorer().score(encode_texts(["质量真次"]))[0] < 0.0


@pytest.mark.parametrize(
    ("text", "is_lukewarm"),
    [
        ("中规中矩。", True),
        ("收到啦，马马虎虎 毛衣马甲", True),
        ("说不上好也说不上坏", True),
        ("一般般吧😂", True),
        ("太一般般了", False),
        ("一般般，做工太差", False),
        ("马马虎虎，不过很喜欢", False),
        ("这家一般三天到货", False),
        ("还行", False),
        ("凑合用，" + "家里那只旧的放在车上给孩子装零食和水壶用，这只放在办公室里每天泡茶", False),
    ],
)
def test_who_finds_the_goods_neither_good_nor_bad_neither_complains_nor_is_happy(text: str, is_lukewarm: bool) -> None:
    encoded = encode_texts([text])
    assert scorer().lukewarm(encoded).tolist() == [is_lukewarm]
    for against in (-9.0, 9.0):
        model = SentimentModel(scorer(), logit(against), BOOTSTRAPPED, BOOTSTRAPPED, logit(-9.0))
        assert (model.satisfaction(encoded)[0] == LUKEWARM) == is_lukewarm
    settings = Settings()
    assert settings.feedback.complaint_at < LUKEWARM < settings.scoring.happy_from


def test_lukewarm_words_are_found_in_their_own_text_among_many() -> None:
    texts = encode_texts(["很喜欢", "凑合用", "", "坏了", "不好不坏", "好"])
    assert scorer().lukewarm(texts).tolist() == [False, True, False, False, True, False]
