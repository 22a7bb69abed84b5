"""Whom a message blames that asks for a remedy: a demand follows what else is said, and alone it is of the goods."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.utterances import COMPLAINT, NOTHING, PRAISE, Utterance, read_utterances
from xuanpin.models.text.aspects import ASPECTS, AspectFinder
from xuanpin.models.text.lexicon import load_lexicon
from xuanpin.models.text.text_encoding import encode_texts

SAID = {
    "刚拆箱，要求退款！！": COMPLAINT,
    "收到了 味道不对，申请退货": COMPLAINT,
    "破了一个，要求补发": COMPLAINT,
    "收到了，吸水不行，怎么处理": COMPLAINT,
    "容量比较小，怎么处理": COMPLAINT,
    "快递丢件了，要求退款": NOTHING,
    "收到了，物流太慢，要求退货": NOTHING,
    "客服爱答不理，怎么处理": NOTHING,
    "群主退款很快 服务没得说": NOTHING,
    "退款拖了半个月还没到账": NOTHING,
    "安装简单": PRAISE,
    "安装师傅态度很差": NOTHING,
    "安装师傅迟到两小时": NOTHING,
    "你好，怎么处理": "question",
    "买多了，怎么处理": "question",
    "两箱虾，怎么处理好吃": "question",
}


@pytest.fixture(scope="module")
def taken() -> dict[str, str]:
    said = [Utterance(text, "feedback", "sku", "negative", "demand") for text in SAID]
    return dict(zip(SAID, read_utterances(said), strict=True))


@pytest.mark.parametrize("text", SAID)
def test_a_demand_is_of_what_else_the_message_blames(taken: dict[str, str], text: str) -> None:
    assert taken[text] == SAID[text]


def test_a_demand_names_no_aspect_and_a_judgement_of_the_refund_does() -> None:
    finder, texts = AspectFinder(load_lexicon()), encode_texts(["要求退款", "退款很慢", "料子好"])
    found = finder.find(texts, np.arange(3), lambda clauses: np.full(len(clauses), 0.5))
    assert [(row, ASPECTS[aspect]) for row, aspect in zip(found.rows, found.aspects, strict=True)] == [
        (1, "service"),
        (2, "quality"),
    ]
    assert finder.naming(texts, ("service",)).tolist() == [True, True, False]
