"""What a first night without labels takes from a table of labelled group utterances, as a whole and by form."""

from pathlib import Path

import pytest

from tests.support.utterances import Utterance, load_utterances, read_utterances, right_by_form

TABLE = Path(__file__).parents[1] / "fixtures" / "utterances.csv"
LOWEST, LOWEST_OF_A_FORM = 0.94, 0.75


@pytest.fixture(scope="module")
def utterances() -> list[Utterance]:
    return load_utterances(TABLE)


@pytest.fixture(scope="module")
def taken(utterances: list[Utterance]) -> list[str]:
    return read_utterances(utterances)


def test_the_table_says_what_it_promises(utterances: list[Utterance]) -> None:
    assert len(utterances) >= 1_100 and len({row.text for row in utterances}) == len(utterances)
    assert {row.kind for row in utterances} == {"feedback", "question", "order", "other"}
    assert {row.target for row in utterances} == {"sku", "other", "courier", "shop", "none"}
    assert {row.polarity for row in utterances} == {"positive", "negative", "neutral"}


def test_utterances_are_read_as_they_are_meant(utterances: list[Utterance], taken: list[str]) -> None:
    right = sum(row.meaning == found for row, found in zip(utterances, taken, strict=True))
    assert right / len(utterances) >= LOWEST


def test_every_form_is_read(utterances: list[Utterance], taken: list[str]) -> None:
    shares = {form: right / count for form, (right, count) in right_by_form(utterances, taken).items()}
    assert len(shares) >= 20
    assert {form: share for form, share in shares.items() if share < LOWEST_OF_A_FORM} == {}
