"""Messages in two languages: English where they are raised or said, Chinese in the catalogues `zh.yaml` of the rooms.

A message is a template with values: `phrase("SKU {sku} is unknown", sku=sku_id)`. It is a str and reads as English
everywhere; `in_language` finds the Chinese template, and does the same with those of its values that are phrases.
Logs, manifests and JSON hold the English text. A catalogue is loaded when Chinese is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

from xuanpin.pipelines.typed.plurals import filled
from xuanpin.pipelines.typed.shown import brief

Language = Literal["zh", "en"]
CHINESE_JOINTS = {
    ", ": "、",
    "; ": "；",
    ". ": "。",
    ": ": "：",
    " or ": " 或 ",
    " and ": "和",
    " ": "",
    "": "",
    "\n": "\n",
}
"""What stands between joined parts in Chinese, by what stands there in English."""
NAMED = 3
"""Names that a message lists; the rest are counted."""


class Phrase(str):
    """English text that knows its `template` and `values`; without a template it is the same in every language.

    A str operation, such as a slice or an f-string, returns plain English text.
    """

    template: str | None
    values: Mapping[str, object]

    def __new__(cls, text: str, template: str | None = None, values: Mapping[str, object] | None = None) -> Phrase:
        """Return the `text` that the `template` gives when it is filled with the `values`."""
        made = super().__new__(cls, text)
        made.template, made.values = template, values or {}
        return made

    def in_chinese(self) -> str:
        """Return the Chinese text; the English one where the catalogues have none."""
        if self.template is None:
            return str(self)
        values = {name: _in_chinese(value) for name, value in self.values.items()}
        return catalogue().get(self.template, self.template).format(**values)


class Joined(Phrase):
    """Phrases and names (`parts`) one after another with a `joint` between them."""

    parts: tuple[str, ...]
    joint: str

    def __new__(cls, parts: Iterable[str], joint: str) -> Joined:
        """Return the `parts` that are not empty, with the `joint`, a key of CHINESE_JOINTS, between them."""
        kept = tuple(part for part in parts if part)
        made = str.__new__(cls, joint.join(kept))
        made.template, made.values, made.parts, made.joint = None, {}, kept, joint
        return made

    def __reduce__(self) -> tuple[type[Joined], tuple[tuple[str, ...], str]]:
        """Return what a copy is made of."""
        return Joined, (self.parts, self.joint)

    def in_chinese(self) -> str:
        """Return the parts in Chinese, with the Chinese joint between them."""
        return CHINESE_JOINTS[self.joint].join(in_language(part, "zh") for part in self.parts)


def phrase(template: str, /, **values: object) -> Phrase:
    """Return the message that the English `template` (as of str.format) gives when it is filled with the `values`.

    A value that is a phrase, or an error whose message is one, is translated in its turn. One of what is counted is
    said in the singular.
    """
    return Phrase(filled(template, values), template, values)


NOTHING = Phrase("")
"""A part of a message that is left out."""


def as_is(text: object) -> Phrase:
    """Return a text that is the same in every language: a name, a path, what another program said."""
    return Phrase(str(text))


def joined(parts: Iterable[str], joint: str = ", ") -> Phrase:
    """Return the `parts` that are not empty, with a `joint` of CHINESE_JOINTS between them."""
    return Joined(parts, joint)


def listed(names: Sequence[str], named: int = NAMED) -> Phrase:
    """Return the first `named` of the names with commas between them, and how many more there are."""
    rest = len(names) - named
    first = joined(names[:named])
    return phrase("{names} and {rest:,} more", names=first, rest=rest) if rest > 0 else first


def in_language(text: str | BaseException, language: Language) -> str:
    """Return a message (`text`, or the message of an error) in `language`; a text that is no phrase as it is."""
    if isinstance(text, BaseException):
        said = text.args[0] if len(text.args) == 1 else None
        return brief(said.in_chinese()) if language == "zh" and isinstance(said, Phrase) else str(text)
    return text.in_chinese() if language == "zh" and isinstance(text, Phrase) else str(text)


def _in_chinese(value: object) -> object:
    return in_language(value, "zh") if isinstance(value, (Phrase, BaseException)) else value


@cache
def catalogue() -> Mapping[str, str]:
    """Return the Chinese template of each English one, of all rooms."""
    return {entry["en"]: entry["zh"] for entries in catalogues().values() for entry in entries}


def catalogues() -> dict[str, list[dict[str, str]]]:
    """Return the entries (`en`, `zh`) of each catalogue by its room; the templates of several rooms are those of ''."""
    return {room: yaml.load(text, Loader=yaml.CSafeLoader) for room, text in _written()}


def _written() -> Iterator[tuple[str, str]]:
    """Yield the room and the text of each catalogue."""
    pipelines = files("xuanpin.pipelines")
    rooms = {"": pipelines} | {entry.name: entry for entry in pipelines.iterdir() if entry.is_dir()}
    for name, folder in sorted(rooms.items()):
        file = folder.joinpath("zh.yaml")
        if file.is_file():
            yield name, file.read_text(encoding="utf-8")
