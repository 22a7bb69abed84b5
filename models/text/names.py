"""Customers' names leave a text: everywhere where they can only be names, else where a person is meant.

A nickname is chosen freely, and many are words: fruits, foods, things. Read as a name wherever it stands, such a word
would vanish from the titles that customers repeat, and with it what they say of a SKU.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property

import ahocorasick
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.arrays import Flags, Ints
from xuanpin.models.text.lexicon import vocabulary
from xuanpin.models.text.personal_names import NAME
from xuanpin.models.text.spans import Span, compiled, replaced
from xuanpin.models.text.surnames import DOUBLE_SURNAMES, SURNAMES

_FULL_NAME = rf"(?:[{SURNAMES}]|{DOUBLE_SURNAMES})[\u4e00-\u9fff]{{1,2}}"
COMMON_TEXTS = 20
"""Texts of one batch in which a nickname may stand otherwise than for a person; in more it is a word of everyone's."""
_TITLES = "姐|哥|妈|爸|阿姨|叔|老师|先生|女士|小姐|同学|太太|师傅"
_MEANT_BEFORE = r"(?:[@＠]|我是|我叫|名叫|昵称|微信名|谢谢|感谢|回复|收件人|署名|[—～~-]\s*|\n\s*)$"
_TITLED = re.compile(_TITLES)
_SPOKEN_TO = re.compile(r"[，,]\s*[你您]")
_OWN = 3
"""Characters besides words of our lexicon that make a name more than these words."""
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_MARKS = re.compile(r"[\s.·'’_-]+")
_DOTS = re.compile(r"[·•・.]")
_JOINED = 6
"""Letters from which a name is told when it is written without its blanks."""
_FIRST_PART = 3
"""Characters of a first part, before a dot, that is a name by itself."""
_APART = r"(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{1,2}(?:[\s.·•・_、~-]{1,2}[\u4e00-\u9fff]{1,2}){1,3}"
_FIRST = "".join(dict.fromkeys(SURNAMES + "".join(name[0] for name in DOUBLE_SURNAMES.split("|"))))
_ANY_APART = rf"(?:^|\P{{Han}})[{_FIRST}]\p{{Han}}?[\s.·•・_、~-]{{1,2}}\p{{Han}}"
_CONTEXT = 4
"""Characters on either side of a name that tell whether a person is meant."""


@dataclass(frozen=True)
class KnownNames:
    """Customers' names by how sure it is that a text which holds one means the person.

    full: family and given names. nicknames: chosen names that are no words. words: names that are words as well.
    """

    full: frozenset[str] = frozenset()
    nicknames: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    @property
    def all(self) -> frozenset[str]:
        """Every name."""
        return self.full | self.nicknames | self.words

    @cached_property
    def written(self) -> ahocorasick.Automaton:
        """The automaton of every way in which the names are written; each gives its length and the name."""
        automaton = ahocorasick.Automaton()
        for name in sorted(self.all):
            for form in _forms(_in_lower_case(name)):
                automaton.add_word(form, (len(form), name))
        automaton.make_automaton()
        return automaton

    def only(self, names: Collection[str]) -> KnownNames:
        """Those of these names alone."""
        return KnownNames(self.full & set(names), self.nicknames & set(names), self.words & set(names))

    def for_stored(self) -> KnownNames:
        """The same names for texts that came before them: a nickname chosen today rewrites no word of yesterday."""
        return replace(self, nicknames=frozenset(), words=self.nicknames | self.words)


def sort_names(names: Iterable[str], titles: Iterable[str]) -> KnownNames:
    """Tell full names, nicknames and words apart; names of one character or of digits alone are left out.

    titles: what the platform's SKUs, brands and categories are called; a name that stands in one of them is a word, as
    is one that holds a word of our lexicon.
    """
    trimmed = {name.strip() for name in names}
    chosen = frozenset(name for name in trimmed if len(name) >= 2 and not name.isdigit())
    persons = frozenset(name for name in chosen if compiled(_FULL_NAME).fullmatch(name))
    words = _standing_in(chosen, titles) | (_made_of(chosen) - _called_well(persons))
    full = persons - words
    return KnownNames(full, chosen - words - full, frozenset(words))


def _automaton(words: Iterable[str]) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for word in words:
        automaton.add_word(word, word)
    automaton.make_automaton()
    return automaton


def _standing_in(names: frozenset[str], titles: Iterable[str]) -> set[str]:
    if not names:
        return set()
    return {name for _, name in _automaton(names).iter("\n".join(titles))}


@cache
def _lexicon_words() -> ahocorasick.Automaton:
    """What finds the words of our lexicon; it is as dear to build as all else here on a small night."""
    return _automaton(word for word in vocabulary() if len(word) >= 2)


def _made_of(names: frozenset[str]) -> set[str]:
    """Names that hold words, and little else: 很满意 and 小可爱, not 爱吃鱼的猫咪."""
    automaton = _lexicon_words()
    found: set[str] = set()
    for name in names:
        held = {place for end, word in automaton.iter(name) for place in range(end - len(word) + 1, end + 1)}
        if held and len(name) - len(held) < _OWN:
            found.add(name)
    return found


@cache
def _words_of_two() -> frozenset[str]:
    return frozenset(word for word in vocabulary() if len(word) == 2)


def _called_well(persons: frozenset[str]) -> set[str]:
    """Full names whose given name alone is a word, as of 李美丽; 温柔点 begins with one."""
    known = _words_of_two()
    return {name for name in persons if name[-2:] in known and name[:2] not in known and len(name) > 2}


@dataclass(frozen=True)
class _Hits:
    """Where names stand in texts joined by newlines: first character, end, text and name of each."""

    starts: Ints
    ends: Ints
    rows: Ints
    names: tuple[str, ...]

    def only(self, chosen: Flags) -> _Hits:
        names = tuple(name for name, is_chosen in zip(self.names, chosen, strict=True) if is_chosen)
        return _Hits(self.starts[chosen], self.ends[chosen], self.rows[chosen], names)


def redact_names(column: pa.Array, names: KnownNames) -> pa.Array:
    """Replace names by 〔姓名〕, the longest one first at each place; a name of Latin letters must stand alone.

    column: UTF-8 texts, one message each; nulls stay null. A full name is replaced wherever it stands, a word only
    where a person is addressed, signs or has a title; a nickname wherever it stands, unless the batch shows that many
    use it as a word.
    """
    if not names.all or len(column) == 0:
        return column
    # One pass over all texts joined: a per-text loop would spend its time on texts without names.
    filled = pc.fill_null(column, "")
    offsets = np.concatenate([[0], np.cumsum(pc.utf8_length(filled).to_numpy().astype(np.int64) + 1)])
    joined = pc.binary_join(pa.ListArray.from_arrays([0, len(filled)], filled), "\n")[0].as_py()
    found = _find(joined, offsets, names)
    named = _replaced(column, offsets, found.only(_means_person(joined, offsets, found, names)))
    return _without_parted(named, names.full)


def _without_parted(column: pa.Array, full: frozenset[str]) -> pa.Array:
    """Replace full names whose characters stand apart, as in 张 伟 明."""
    suspects = pc.fill_null(pc.match_substring_regex(column, _ANY_APART), False)
    if not full or not pc.any(suspects).as_py():
        return column
    cleaned = [replaced(text, _parted(text, full)) for text in column.filter(suspects).to_pylist()]
    return pc.replace_with_mask(column, suspects, pa.array(cleaned, pa.string()))


def _parted(text: str, full: frozenset[str]) -> Iterator[Span]:
    for run in compiled(_APART).finditer(text):
        places = [place for place in range(run.start(), run.end()) if "\u4e00" <= text[place] <= "\u9fff"]
        names = ("".join(text[place] for place in places[:count]) for count in range(len(places), 1, -1))
        name = next((name for name in names if name in full), None)
        if name is not None:
            yield Span(run.start(), places[len(name) - 1] + 1, NAME)


def _find(joined: str, offsets: Ints, names: KnownNames) -> _Hits:
    found = names.written.iter_long(_in_lower_case(joined))
    hits = [(end - length + 1, end + 1, name) for end, (length, name) in found]
    hits = [hit for hit in hits if _stands_alone(joined, hit[0], hit[1])]
    starts = np.array([start for start, _, _ in hits], np.int64)
    ends = np.array([end for _, end, _ in hits], np.int64)
    rows = np.searchsorted(offsets, starts, side="right") - 1
    return _Hits(starts, ends, rows, tuple(name for _, _, name in hits))


def _in_lower_case(text: str) -> str:
    # İ alone would become two characters: places in the text have to stay.
    return text.replace("\u0130", "i").lower()


def _forms(name: str) -> Iterator[str]:
    """A name in lower case as it is, in full width, with other dots or none, and without its family."""
    yield name
    if any("a" <= char <= "z" for char in name):
        yield name.translate(_WIDE)
        if len(joined := _MARKS.sub("", name)) >= _JOINED:
            yield joined
    elif _DOTS.search(name):
        parts = _DOTS.split(name)
        yield from (mark.join(parts) for mark in ("·", "•", "・", ".", " ", ""))
        if len(parts[0]) >= _FIRST_PART:
            yield parts[0]


def _means_person(joined: str, offsets: Ints, found: _Hits, names: KnownNames) -> Flags:
    is_meant = np.array(
        [name in names.full or _is_addressed(joined, offsets, found, place) for place, name in enumerate(found.names)],
        dtype=bool,
    )
    used: dict[str, set[int]] = {name: set() for name in found.names if name in names.nicknames}
    for name, row, is_person in zip(found.names, found.rows.tolist(), is_meant.tolist(), strict=True):
        if name in used and not is_person:
            used[name].add(row)
    rare = {name for name, rows in used.items() if len(rows) <= COMMON_TEXTS}
    return np.asarray(is_meant | np.array([name in rare for name in found.names], dtype=bool))


def _is_addressed(joined: str, offsets: Ints, found: _Hits, place: int) -> bool:
    """Whether the words around a name address the person, are signed by her or give her a title."""
    start, end, row = int(found.starts[place]), int(found.ends[place]), int(found.rows[place])
    first, last = int(offsets[row]), int(offsets[row + 1]) - 1
    before, after = joined[max(first, start - _CONTEXT) : start], joined[end : min(last, end + _CONTEXT)]
    begins = not before or not before[-1].isalnum()
    return bool(compiled(_MEANT_BEFORE).search(before) or _TITLED.match(after) or (begins and _SPOKEN_TO.match(after)))


def _replaced(column: pa.Array, offsets: Ints, hits: _Hits) -> pa.Array:
    touched, place = np.unique(hits.rows, return_inverse=True)
    values = column.take(pa.array(touched, pa.int64())).to_pylist()
    for start, end, row, index in zip(hits.starts[::-1], hits.ends[::-1], hits.rows[::-1], place[::-1], strict=True):
        text, base = values[index], offsets[row]
        values[index] = text[: start - base] + NAME + text[end - base :]
    mask = np.zeros(len(column), dtype=bool)
    mask[touched] = True
    return pc.replace_with_mask(column, pa.array(mask), pa.array(values, pa.string()))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """A Latin or digit edge must not continue a longer word: `li` is not in `like`."""
    before = text[start - 1 : start]
    after = text[end : end + 1]
    cut_left = before.isascii() and before.isalnum() and text[start].isascii()
    cut_right = after.isascii() and after.isalnum() and text[end - 1].isascii()
    return not (cut_left or cut_right)
