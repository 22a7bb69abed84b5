"""Which good a message means, when near-identical words are one voice, and what opinions and clauses reach."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest

from xuanpin.models.text.lexicon import load_lexicon
from xuanpin.models.text.message_segments import guess_delivered, prefer_own, split_parts
from xuanpin.models.text.near_duplicates import near_duplicate_keys
from xuanpin.models.text.polarity import LexiconScorer, clause_starts
from xuanpin.models.text.product_linking import Echoes, Votes
from xuanpin.models.text.text_encoding import encode_texts

NOBODY = -1


def votes(item: int, coverage: float, margin: float = 1.0) -> Votes:
    return Votes(np.array([item]), np.ones(1), np.array([margin]), np.array([coverage]))


def preferred(own: Votes, shown: Votes, owns: bool = True, wishes: bool = False) -> tuple[int, bool]:
    found = prefer_own(own, shown, np.array([owns]), np.array([wishes]))
    assert (found.confidence[0] > 0) == (found.items[0] >= 0)
    return int(found.items[0]), bool(found.is_own[0])


NONE = votes(NOBODY, 0.0)


@pytest.mark.parametrize(
    ("own", "shown", "owns", "wishes", "means"),
    [
        (votes(1, 0.5), votes(2, 0.5), True, False, (1, True)),
        (votes(1, 0.4), votes(2, 0.5), True, False, (1, True)),
        (votes(1, 0.39), votes(2, 0.5), True, False, (2, False)),
        (votes(1, 0.5), votes(2, 0.5), True, True, (2, False)),
        (votes(1, 0.6), votes(2, 0.5), True, True, (1, True)),
        (votes(1, 0.3), NONE, True, True, (NOBODY, False)),
        (votes(1, 0.05), NONE, True, False, (1, True)),
        (NONE, votes(2, 0.34), True, False, (NOBODY, False)),
        (NONE, votes(2, 0.35), True, False, (2, False)),
        (NONE, votes(2, 0.2), False, False, (2, False)),
        (NONE, votes(2, 0.19), False, False, (NOBODY, False)),
    ],
)
def test_own_goods_win_unless_others_are_named_more_clearly_or_wished_for(
    own: Votes, shown: Votes, owns: bool, wishes: bool, means: Sequence[Any]
) -> None:
    assert preferred(own, shown, owns, wishes) == means


def test_confidence_grows_with_lead_and_coverage_and_is_never_certain() -> None:
    sure, unsure = (
        prefer_own(votes(1, coverage, margin), NONE, np.array([True]), np.array([False])).confidence[0]
        for coverage, margin in ((1.0, 1.0), (0.25, 0.2))
    )
    assert (sure, unsure) == (pytest.approx(0.98), pytest.approx(0.8 + 0.02 + 0.05))


def test_the_good_delivered_last_is_meant_the_more_the_longer_ago_the_others_came() -> None:
    message, items = np.array([0, 0, 2, 2]), np.array([5, 6, 7, 7])
    found = guess_delivered(message, items, np.array([10.0, 0.0, 4.0, 1.0]), 3, speaking_days=5.0)
    assert found.items.tolist() == [6, NOBODY, 7]
    assert found.confidence == pytest.approx([0.97 / (1 + np.exp(-2.0)), 0.0, 0.97])


def test_of_goods_delivered_together_the_first_is_named_with_half_the_confidence() -> None:
    found = guess_delivered(np.zeros(2, np.int64), np.array([9, 4]), np.array([3.0, 3.0]), 1, speaking_days=5.0)
    assert (found.items[0], found.confidence[0]) == (4, pytest.approx(0.97 / 2))


def test_a_clause_without_a_name_belongs_to_the_good_named_before_it() -> None:
    whole = prefer_own(votes(1, 1.0), NONE, np.array([True]), np.array([False]))
    sure = Votes(np.array([-1, 1, -1, 2]), np.ones(4), np.ones(4), np.ones(4))
    missing = Votes(np.full(4, -1), np.zeros(4), np.zeros(4), np.zeros(4))
    clause = prefer_own(sure, missing, np.ones(4, bool), np.zeros(4, bool))
    text_of = np.zeros(4, np.int64)
    parts = split_parts(whole, clause, text_of, np.array([False]))
    assert (parts.items.tolist(), parts.part_of_clause.tolist()) == ([1, 2], [0, 0, 0, 1])
    linked = split_parts(whole, clause, text_of, np.array([True]))
    assert linked.items.tolist() == [-1]


def test_short_words_are_nobodys_and_figures_and_marks_make_no_other_text() -> None:
    short, long = "好吃好吃好吃好", "好吃好吃好吃好吃"
    first, second = near_duplicate_keys(encode_texts([short, long, f"1{long}！2", "完全是另外一句不同的话"]))
    assert (first[0], second[0]) == (-1, -1)
    assert first[1] == first[2] != -1 and second[1] == second[2] != -1
    assert first[3] not in (-1, first[1])


@cache
def scorer() -> LexiconScorer:
    """Our lexicon laid out for search, which takes longer than a text."""
    return LexiconScorer(load_lexicon())


def score(text: str) -> float:
    return float(scorer().score(encode_texts([text]))[0])


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("非常漂亮", 1.6),
        ("略漂亮", 0.6),
        ("非常的的漂亮", 1.6),
        ("非常的的的漂亮", 1.0),
        ("非常，漂亮", 1.0),
        ("不漂亮", -0.8),
        ("不是不漂亮", 1.0),
        ("没有甲乙丙漂亮", -0.8),
        ("没有甲乙丙丁漂亮", 1.0),
        ("不，漂亮", 1.0),
        ("不非常漂亮", -1.28),
    ],
)
def test_degrees_and_negators_reach_a_few_characters_and_no_other_clause(text: str, factor: float) -> None:
    assert score(text) == pytest.approx(factor * score("漂亮"))


def test_long_mixed_texts_sound_no_surer_than_short_clear_ones() -> None:
    assert score("满意，满意") == pytest.approx(score("满意") * 2 * np.sqrt(2) / np.sqrt(3))


def test_a_clause_starts_after_the_mark_before_it() -> None:
    assert clause_starts(encode_texts(["甲，乙丙"])).tolist() == [0, 0, 2, 2, 2]


def test_a_pair_counts_once_a_good_and_a_narrow_lead_names_none() -> None:
    def vote(*rows: tuple[int, int, float]) -> Votes:
        items, pairs, rarity = (np.array(column) for column in zip(*rows, strict=True))
        return Echoes(np.zeros(len(rows), np.int64), items, pairs, rarity, np.full(len(rows), 4.0)).votes(1)

    twice = vote((1, 7, 1.0), (1, 7, 1.0), (2, 8, 1.5))
    assert (twice.items[0], twice.scores[0], twice.coverage[0]) == (2, 1.5, pytest.approx(1.5 / 4))
    assert vote((1, 7, 1.0), (2, 8, 0.79)).items[0] == 1
    assert vote((1, 7, 1.0), (2, 8, 0.81)).items[0] == NOBODY
