"""The usual words of statuses, reasons and kinds: each has one meaning, and what denies a word is not it."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from xuanpin.pipelines.contracts import load_contract, source_contracts
from xuanpin.pipelines.ingest.known_words import known_word, known_words, nearest_word

ROOT = Path(__file__).resolve().parents[2]
ROWS = list(csv.DictReader((ROOT / "pipelines/ingest/known_words.csv").read_text(encoding="utf-8").splitlines()))


def test_every_enumeration_of_a_source_has_words() -> None:
    listed = {(row["table"], row["column"], row["ours"]) for row in ROWS}
    wanted = {
        (contract.name, column.name, value)
        for contract in source_contracts()
        for column in contract.columns
        for value in column.allowed
    }
    assert listed == wanted


def test_a_word_has_one_meaning() -> None:
    meanings: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in ROWS:
        column = load_contract(row["table"]).column(row["column"])
        own = {value: value for value in column.allowed} | dict(zip(column.labels_zh, column.allowed, strict=True))
        for word in row["theirs"].split("|"):
            meanings[row["table"], row["column"], word].add(row["ours"])
            assert own.get(word, row["ours"]) == row["ours"], word
            assert known_word(row["table"], row["column"], word) == row["ours"], word
    assert {word: found for word, found in meanings.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("待发货", "paid"),
        ("WAIT_SELLER_SEND_GOODS", "paid"),
        ("Partially Shipped", "shipped"),
        (" 交易成功 ", "delivered"),
        ("已关闭（超时未付款）", "cancelled"),
        ("已取消", "cancelled"),
        ("paid", "paid"),
        ("退款中", None),
        ("", None),
    ],
)
def test_a_word_is_known_in_any_case_width_and_spacing(word: str, value: str | None) -> None:
    assert known_word("orders", "status", word) == value


def test_known_words_leaves_out_the_others() -> None:
    assert known_words("returns", "kind", ["仅退款", "维修", "换货"]) == {"仅退款": "refund_only", "换货": "exchange"}


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        ("delivred", "delivered"),
        ("买家已收货啦", "已收货"),
        ("未完成", None),
        ("not shipped", "unshipped"),
        ("退款中", None),
        ("--", None),
        ("", None),
    ],
)
def test_the_nearest_word_is_a_spelling_and_no_denial(word: str, nearest: str | None) -> None:
    assert nearest_word("orders", "status", word) == nearest
