"""Reason codes: what a published reason may say, and the sentence that says it in Chinese or English."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

from xuanpin.pipelines.typed.plurals import agreed

Language = Literal["zh", "en"]


@dataclass(frozen=True)
class ReasonCode:
    """One enumerated reason: its `code`, its sentence templates (`zh`, `en`), its keys and the published tables that
    may carry it."""

    code: str
    zh: str
    en: str
    tables: tuple[str, ...]

    @property
    def keys(self) -> frozenset[str]:
        """The names of the values that its sentences show."""
        return _placeholders(self.zh)


@cache
def reason_codes() -> Mapping[str, ReasonCode]:
    """All reason codes by name.

    Raises ValueError where a code stands twice or its two sentences do not take the same keys.
    """
    return parse_reason_codes(_file())


def _file() -> str:
    return (files("xuanpin.data_contracts.published") / "reason_codes.yaml").read_text(encoding="utf-8")


def parse_reason_codes(text: str) -> Mapping[str, ReasonCode]:
    """Read the text of a reason code file; raises ValueError as `reason_codes` does."""
    _refuse_repeated_keys(yaml.compose(text, Loader=yaml.CSafeLoader))
    entries = yaml.load(text, Loader=yaml.CSafeLoader)["codes"]
    codes = {}
    for name, entry in entries.items():
        code = ReasonCode(name, entry["zh"], entry["en"], tuple(entry["tables"]))
        if code.keys != _placeholders(code.en):
            raise ValueError(f"reason code {name}: name the same keys in the zh and the en sentence")
        codes[name] = code
    return codes


def reason(code: str, **values: object) -> str:
    """Write one reason from its `code` and `values`; separators inside a value give way to their full-width forms."""
    pairs = ",".join(f"{key}={_text(value)}" for key, value in values.items())
    return f"{code}:{pairs}"


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    return str(value).replace(",", "，").replace("=", "＝")


def parse_reason(reason: str) -> tuple[str, dict[str, str]]:
    """Split a `reason`, `code:key=value,…`, into its code and its values; raises ValueError where it has another
    form."""
    code, _, rest = reason.partition(":")
    values: dict[str, str] = {}
    for pair in rest.split(",") if rest else ():
        key, equals, value = pair.partition("=")
        if not equals or not key or key in values:
            raise ValueError(f"reason {reason!r}: write it as code:key=value,key=value with each key once")
        values[key] = value
    return code, values


def reason_sentence(reason: str, language: Language) -> str:
    """The sentence of a published reason, in Chinese or English.

    Raises ValueError for an unknown code, missing or unknown keys, or a value that is not the number its format needs.
    """
    name, values = parse_reason(reason)
    code = reason_codes().get(name)
    if code is None:
        raise ValueError(f"reason {reason!r}: unknown code; add it to data_contracts/published/reason_codes.yaml")
    if values.keys() != code.keys:
        raise ValueError(f"reason {reason!r}: {name} takes the keys {sorted(code.keys)}, not {sorted(values)}")
    told = {key: _word(key, value, language) for key, value in values.items()}
    return filled_reason(code.zh if language == "zh" else code.en, told)


def _word(key: str, value: str, language: Language) -> str:
    """What a value that is itself a code is called; another is told as it is."""
    return value_words().get(key, {}).get(value, {}).get(language, value)


@cache
def value_words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """What values of reasons that are codes are called, by key, value and language."""
    words: dict[str, dict[str, dict[str, str]]] = yaml.load(_file(), Loader=yaml.CSafeLoader)["words"]
    return words


def sentence_or_code(reason: str, language: Language) -> str:
    """Return the sentence of a published `reason` in `language`; one that another release wrote otherwise, by its code.

    Runs are kept longer than releases.
    """
    try:
        return reason_sentence(reason, language)
    except ValueError:
        return reason.partition(":")[0].replace("_", " ")


def filled_reason(template: str, values: Mapping[str, str]) -> str:
    """A reason's sentence template filled with its values, numbers in the formats that the template names."""
    parts = (
        text if name is None else text + (format(float(values[name]), form) if form else values[name])
        for text, name, form in _pieces(agreed(template, values))
    )
    return "".join(parts)


def codes_of(table: str) -> tuple[str, ...]:
    """Names of the codes that a published table may carry, sorted."""
    return tuple(sorted(code.code for code in reason_codes().values() if table in code.tables))


@cache
def _placeholders(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _ in _pieces(template) if name)


@cache
def _pieces(template: str) -> list[tuple[str, str | None, str | None]]:
    """Read a template once: texts, each with the name and the format of the value that follows it."""
    return [(text, name, form) for text, name, form, _ in string.Formatter().parse(template)]


def _refuse_repeated_keys(node: yaml.Node | None) -> None:
    if not isinstance(node, yaml.MappingNode):
        return
    names = [key.value for key, _ in node.value]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"reason_codes.yaml: {', '.join(repeated[:3])} stands more than once; keep one")
    for _, value in node.value:
        _refuse_repeated_keys(value)
