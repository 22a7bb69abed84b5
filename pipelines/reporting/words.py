"""Formats the report's words and numbers: texts in both languages, reasons as sentences, figures as cells."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from markupsafe import Markup, escape

from xuanpin.pipelines.contracts import published_contracts, source_contracts
from xuanpin.pipelines.contracts.reason_codes import Language, reason_sentence
from xuanpin.pipelines.typed.plurals import filled

LANGUAGES: dict[Language, str] = {"zh": "zh-CN", "en": "en"}


def resource(name: str) -> str:
    """Return the text of the file `name` that lies beside this module."""
    return files("xuanpin.pipelines.reporting").joinpath(name).read_text(encoding="utf-8")


@cache
def texts() -> dict[str, dict[str, str]]:
    """Return every fixed text by its key, in both languages."""
    loaded: dict[str, dict[str, str]] = yaml.load(resource("texts.yaml"), Loader=yaml.CSafeLoader)
    return loaded


def text(key: str, **values: Any) -> Markup:
    """Return the fixed text `key` with `values` filled in, in every language; the page shows one of them.

    A value that has other words in each language is a dict of them by language.
    """
    return both_languages({code: said(key, code, **values) for code in LANGUAGES})


def said(key: str, language: Language, **values: Any) -> str:
    """Return the fixed text `key` in one `language` with `values` filled in, as `text` fills them."""
    return filled(texts()[key][language], _in_language(values, language))


def _in_language(values: dict[str, Any], code: Language) -> dict[str, Any]:
    return {name: value[code] if isinstance(value, dict) else value for name, value in values.items()}


def language_attributes(key: str) -> Markup:
    """Return the fixed text `key` as attributes, for elements that can hold no other, such as an option.

    The script shows the language that the reader chose.
    """
    wording = texts()[key]
    return Markup('data-zh="{}" data-en="{}"').format(wording["zh"], wording["en"])


def sentence(reason: str) -> Markup:
    """Return a published reason as a sentence in every language."""
    return both_languages({code: reason_sentence(reason, code) for code in LANGUAGES})


def in_both(write: Callable[[Any, Language], str], subject: Any) -> Markup:
    """Return what `write` says of a `subject`, in every language."""
    return both_languages({code: write(subject, code) for code in LANGUAGES})


def both_languages(wording: dict[Language, str]) -> Markup:
    """Return one span for each language of `wording`; the style sheet shows one of them."""
    spans = (Markup('<span lang="{}">{}</span>').format(tag, wording[code]) for code, tag in LANGUAGES.items())
    return Markup("").join(spans)


def metric(name: str) -> Markup:
    """Return a measure's name in every language; one that has no text of its own is shown as it is published."""
    return in_both(metric_name, name)


def metric_name(name: str, language: Language) -> str:
    """Return the name of the measure `name` in `language`, as `metric` does."""
    base = name.removesuffix("_listed")
    known = said(base, language) if base in texts() else base
    return known + (said("on_the_list", language) if name.endswith("_listed") else "")


def known_text(prefix: str, name: str) -> Markup:
    """Return the fixed text of `name` among those that begin with `prefix`; the name itself where there is none."""
    return text(prefix + name) if prefix + name in texts() else escape(name)


def rule_name(rule: str) -> dict[Language, str]:
    """Return what a rule of the list, `family:member` or `family`, is called in every language."""
    family, _, member = rule.partition(":")
    said = texts().get(f"rule_{family}", dict.fromkeys(LANGUAGES, family))
    return {code: f"{said[code]} {member}".rstrip() for code in LANGUAGES}


def table_name(table: str, language: Language) -> str:
    """Return what a source or published `table` is called in `language`; an unknown one by its name."""
    return _chinese_names().get(table, table) if language == "zh" else table.replace("_", " ")


def source_name(table: str) -> Markup:
    """Return a table's name, in Chinese with the contract's own name for it before."""
    zh = table_name(table, "zh")
    return both_languages({"zh": zh if zh == table else f"{zh} {table}", "en": table})


@cache
def _chinese_names() -> dict[str, str]:
    return {contract.name: contract.name_zh for contract in (*source_contracts(), *published_contracts())}


def percent(share: float | None, places: int = 1) -> str:
    """Format a share as a percentage with so many decimal `places`; a dash where it is unknown."""
    return "–" if share is None else f"{100 * share:.{places}f} %"


def number(value: float | None, places: int = 0) -> str:
    """Format the count or quantity `value` with thousands marked and so many decimal `places`; a dash for None."""
    return "–" if value is None else f"{value:,.{places}f}"


def interval(
    middle: float, lower: float, upper: float | None, scale: float, ceiling: float | None = None, places: int = 1
) -> Markup:
    """Format a rate with its interval as a bar on a common scale, with an upright line at `ceiling`.

    `middle`, `lower` and `upper` are shares, shown with so many decimal `places`; `scale` is the share at the bar's
    full length. The numbers of the interval are there for screen readers and as the bar's tip. Without `upper` the bar
    ends at the rate itself.
    """
    wording = f"≥ {percent(lower, 0)}" if upper is None else f"{percent(lower)} – {percent(upper)}"
    end = middle if upper is None else upper
    place = {name: min(max(value / scale, 0.0), 1.0) for name, value in (("a", lower), ("b", end), ("m", middle))}
    mark = "" if ceiling is None else f'<i class="cap" style="left:{100 * min(ceiling / scale, 1):.0f}%"></i>'
    return Markup(
        f'<span class="num">{percent(middle, places)}</span>'
        f'<span class="bar" title="{escape(wording)}"><span class="unseen">({escape(wording)})</span>'
        f'<i class="range" style="left:{100 * place["a"]:.0f}%;right:{100 - 100 * place["b"]:.0f}%"></i>'
        f'<i class="dot" style="left:{100 * place["m"]:.0f}%"></i>{mark}</span>'
    )


def sparkline(values: list[int]) -> Markup:
    """Draw small columns, one of `values` (units) a day, oldest first, on the SKU's own scale; return the SVG.

    Their sum is printed beside them.
    """
    highest = max([*values, 1])
    columns = "".join(
        f'<rect x="{5 * place}" y="{18 - height}" width="4" height="{height}"/>'
        for place, height in enumerate(max(round(18 * value / highest), 1) for value in values)
    )
    return Markup(f'<svg class="spark" viewBox="0 0 {5 * len(values) - 1} 18" aria-hidden="true">{columns}</svg>')
