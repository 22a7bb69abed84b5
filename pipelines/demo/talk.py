"""Writes the messages of the groups: Chinese text composed from phrases, repeatable for a seed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import numpy as np

from xuanpin.models.arrays import Array

TYPOS = (
    ("的", "地"), ("在", "再"), ("质量", "质亮"), ("退", "腿"), ("好吃", "好次"), ("没有", "木有"), ("这个", "介个"),
    ("不要", "表"), ("喜欢", "稀饭"), ("裙", "群"), ("味道", "味到"), ("什么", "神马"), ("收到", "收倒"), ("吗", "嘛"),
)  # fmt: skip
ALL_DOMAINS, WHICHEVER = "通用", "all"
PHOTO_NOTES = ("[图片]", "[视频]", "[捂脸]", "[强]", "[流泪]")
JOINTS = ("，", " ", "，", "。", "！", "，就是说", "，反正", "…")
_FIRST = 12
"""Numbers of a die that nearly all messages make do with."""
BUT = ("，不过", "，但", "，但是", "，就是", "，可惜", "，然而")


@cache
def phrases() -> dict[tuple[str, str, str], tuple[tuple[str, str], ...]]:
    """Phrases of phrases.csv as (subject, text) by part, domain and polarity."""
    table: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    text = files("xuanpin.pipelines.demo").joinpath("phrases.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        options = table.setdefault((row["part"], row["domain"], row["polarity"]), [])
        options += [(row["subject"], option) for option in row["text"].split("|")]
    return {key: tuple(options) for key, options in table.items()}


class Dice:
    """A cheap sequence of choices for one message, from numbers drawn before: the `first` few and the `others`."""

    def __init__(self, first: list[int], others: Array) -> None:
        self._numbers: Iterator[int] = _endless(first, others)

    def below(self, limit: int) -> int:
        """Return the next number below `limit`, 0 included."""
        return next(self._numbers) % limit

    def chance(self, percent: int) -> bool:
        """Return True in `percent` of cases."""
        return self.below(100) < percent

    def pick(self, part: str, domain: str = ALL_DOMAINS, polarity: str = WHICHEVER) -> tuple[str, str]:
        """Return subject and text of one phrase of a `part` of speech, for a `domain` and a `polarity`."""
        options = phrases()[part, domain, polarity]
        return options[self.below(len(options))]

    def text(self, part: str, domain: str = ALL_DOMAINS, polarity: str = WHICHEVER) -> str:
        """Return the text of one phrase of a `part` of speech, for a `domain` and a `polarity`."""
        return self.pick(part, domain, polarity)[1]


def dice(rng: np.random.Generator, count: int) -> list[Dice]:
    """Draw `count` dice by `rng`, one a message; 96 numbers last for nearly all, the longest start over."""
    drawn = rng.integers(0, 1 << 30, (count, 96))
    return [Dice(first, others) for first, others in zip(drawn[:, :_FIRST].tolist(), drawn[:, _FIRST:], strict=True)]


def _endless(first: list[int], others: Array) -> Iterator[int]:
    """Yield the numbers over and over; most messages need no more than the `first`."""
    yield from first
    numbers = [*others.tolist(), *first]
    while True:
        yield from numbers


def _other(polarity: str) -> str:
    return "neg" if polarity == "pos" else "pos"


def _aspect(die: Dice, part: str, domain: str, polarity: str) -> str:
    """A statement on one aspect: made straight, by denying its opposite, or as a rhetorical question."""
    subject, word = die.pick(part, domain, polarity)
    way = die.below(10)
    if way < 7:
        degree = die.text("degree", polarity=polarity) if len(word) <= 2 and word[0] not in "没不" else ""
        return f"{subject}{degree}{word}"
    _, opposite = next((s, w) for s, w in _same_subject(die, part, domain, _other(polarity), subject))
    if polarity == "pos":
        return (f"{subject}一点都不{opposite}", f"本来怕{subject}{opposite}，结果没有", f"谁说{subject}{opposite}的")[
            way - 7
        ]
    return (f"{subject}没有说的那么{opposite}", f"说好的{subject}{opposite}呢", f"{subject}哪里{opposite}了？")[way - 7]


def _same_subject(die: Dice, part: str, domain: str, polarity: str, subject: str) -> list[tuple[str, str]]:
    options = [option for option in phrases()[part, domain, polarity] if option[0] == subject]
    start = die.below(len(options))
    return options[start:] + options[:start]


def _core(die: Dice, domain: str, polarity: str) -> str:
    """One clause that carries the opinion."""
    way = die.below(20)
    if way < 8:
        return _aspect(die, "aspect", domain, polarity)
    if way < 14:
        return die.text("implicit", domain, polarity)
    if way < 16:
        return _aspect(die, "minor", ALL_DOMAINS, polarity)
    if way < 17:
        return die.text("sarcasm", polarity="neg") if polarity == "neg" else die.text("doubtpos", polarity="pos")
    return die.text("verdict", polarity=polarity)


def opinion(die: Dice, domain: str, polarity: str, reference: str = "") -> str:
    """Return a feedback message whose choices `die` draws.

    `domain` is that of the SKU's category; `polarity` is pos, neg or neu; `reference` names the SKU in the speaker's
    words.
    """
    if polarity == "neu":
        body = die.text("verdict", polarity="neu")
    elif die.chance(18):
        minor = _aspect(die, "minor", ALL_DOMAINS, _other(polarity))
        body = minor + BUT[die.below(len(BUT))] + _core(die, domain, polarity)
    else:
        body = _core(die, domain, polarity)
        if die.chance(45):
            body += JOINTS[die.below(len(JOINTS))] + _core(die, domain, polarity)
    opener = die.text("opener") if die.chance(40) else ""
    middle = "，" if opener and die.chance(75) else " " if opener else ""
    text = _place(die, reference, opener, middle, body) + die.text("tail", polarity=polarity)
    if die.chance(6):
        text += PHOTO_NOTES[die.below(len(PHOTO_NOTES))]
    return misspell(die, text) if die.chance(15) else text


def _place(die: Dice, reference: str, opener: str, middle: str, body: str) -> str:
    if not reference:
        return opener + middle + body
    if die.chance(70):
        return opener + middle + reference + ("", "，", " ", "这次")[die.below(4)] + body
    return opener + middle + body + ("，说的是", "，就那个", " ", "，买的")[die.below(4)] + reference


def misspell(die: Dice, text: str) -> str:
    """Replace one word that `die` picks by a common slip of the input method, where the text has one."""
    start = die.below(len(TYPOS))
    for right, wrong in TYPOS[start:] + TYPOS[:start]:
        if right in text:
            return text.replace(right, wrong, 1)
    return text


def fill(die: Dice, part: str, domain: str = ALL_DOMAINS, polarity: str = WHICHEVER, **slots: str) -> str:
    """Return a phrase of a part with its slots filled; phrases of the `domain` join those for every domain.

    `die` picks among those of a `polarity`.
    """
    own = domain != ALL_DOMAINS and (part, domain, polarity) in phrases() and die.chance(40)
    return die.text(part, domain if own else ALL_DOMAINS, polarity).format(**slots)


SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英梅"
CITIES = (
    "杭州市西湖区",
    "苏州市姑苏区",
    "成都市武侯区",
    "武汉市洪山区",
    "长沙市岳麓区",
    "济南市历下区",
    "合肥市蜀山区",
    "厦门市思明区",
)
ROADS = ("文一路", "人民南路", "解放大道", "学院路", "桂花街", "滨河路", "朝阳路", "建设北路")


def personal(die: Dice) -> dict[str, str]:
    """Return invented personal data that `die` draws: person, phone, address, WeChat id and identity number."""
    digits = [str(die.below(10)) for _ in range(12)]
    city, road = CITIES[die.below(len(CITIES))], ROADS[die.below(len(ROADS))]
    number = f"{1 + die.below(300)}号{1 + die.below(30)}幢{1 + die.below(28):02d}0{1 + die.below(4)}室"
    born = f"19{60 + die.below(40)}{1 + die.below(12):02d}{1 + die.below(28):02d}"
    return {
        "person": SURNAMES[die.below(len(SURNAMES))] + GIVEN[die.below(len(GIVEN))] + GIVEN[die.below(len(GIVEN))],
        "phone": "1" + "3578"[die.below(4)] + "".join(digits[:9]), "address": f"{city}{road}{number}",
        "wechat": ("wxid_", "vv", "mm_", "happy")[die.below(4)] + "abcdefgh"[die.below(8)] + "".join(digits[3:9]),
        "idcard": f"330106{born}{''.join(digits[9:12])}X",
    }  # fmt: skip
