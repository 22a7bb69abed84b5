"""Says in plain words what two runs differ in, in Chinese or English."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from xuanpin.pipelines.comparing.compare import AgentChanges, ComparedSku, Comparison
from xuanpin.pipelines.comparing.origins import Difference, RunFacts
from xuanpin.pipelines.contracts import load_contract, table_names
from xuanpin.pipelines.contracts.reason_codes import Language, sentence_or_code
from xuanpin.pipelines.run_store import STATES
from xuanpin.pipelines.typed.phrase import in_language, listed
from xuanpin.pipelines.typed.plurals import filled

SHOWN = 10
"""SKUs of each kind that the text names; the JSON has all."""
SHOWN_CODES = 8
"""Pairs of codes that the text counts, the most frequent first."""
SHARES = ("return_rate", "regret_rate", "landmine_probability", "satisfaction")
FRACTIONS = ("score", "expected_kept_units")
"""Measures that are shown with decimals; the others are counts."""
DIGITS = 12
"""Digits of a hash that tell it from others."""


def comparison_text(found: Comparison, language: Language) -> str:
    """Return what was `found` to differ, one line a thing, in `language`."""
    head = said("head", language, before=_run(found.before, language), after=_run(found.after, language))
    lines = [
        *_list(found, language),
        *_causes(found, language),
        *effect_lines(found, language),
        *origin_lines(found, language),
    ]
    return "\n".join([head, *(lines or [said("same", language)])])


def said(key: str, language: Language, /, **values: Any) -> str:
    """Return the text `key` in `language`, filled with `values`."""
    return filled(_texts()[key][language], values)


def measure(name: str, value: float | None) -> str:
    """Write the value of the measure `name` as people read it: a share in percent, a count whole; a dash for None."""
    if value is None:
        return "–"
    if name in SHARES:
        return f"{100 * value:.1f} %"
    return f"{value:,.2f}" if name in FRACTIONS else f"{value:,.0f}"


def state(name: str, language: Language) -> str:
    """Return what the state of a run (`name`) is called in `language`."""
    return in_language(STATES[name], language)


def deciding(side: Any, language: Language) -> str:
    """Return the sentence of the reason that decided on a SKU in one run (`side`; None: no candidate)."""
    if side is None or not side["reasons"]:
        return said("no_candidate", language)
    return sentence_or_code(side["reasons"][0], language).rstrip("。.")


def _run(facts: RunFacts, language: Language) -> str:
    values = {"list_date": facts.list_date, "run_id": facts.run_id[:DIGITS], "state": state(facts.state, language)}
    return said("run", language, **values)


def _list(found: Comparison, language: Language) -> Iterator[str]:
    if found.is_same_list:
        if found.changed or found.settings or found.origins or found.shifts:
            yield said("same_list", language)
    else:
        counts = {name: len(getattr(found, name)) for name in ("entering", "leaving", "moved")}
        yield said("list", language, before=found.before.listed, after=found.after.listed, **counts)
    promises = [promised(facts, language) for facts in (found.before, found.after)]
    if promises[0] != promises[1]:
        yield said("promise", language, before=promises[0], after=promises[1])
    far = tuple(sorted(found.moved, key=_distance))
    groups = (("entering", found.entering, _entering), ("leaving", found.leaving, _leaving), ("moved", far, _moved))
    for key, skus, line in (*groups, ("others", found.others, _other)):
        yield from _group(key, [line(sku, language) for sku in skus[:SHOWN]], skus, language)


def promised(facts: RunFacts, language: Language) -> str:
    """Return what a run promises, by its `facts`, in `language`."""
    if facts.promise_bound is None or facts.promise is None or facts.promise_confidence is None:
        return said("promise_unknown", language)
    bound = measure("landmine_probability", facts.promise_bound)
    if not facts.can_promise:
        return said("promise_none", language, bound=bound)
    asked = measure("landmine_probability", facts.promise)
    return said("promise_of", language, bound=bound, promise=asked, confidence=f"{facts.promise_confidence:.0%}")


def _group(key: str, lines: Sequence[str], whole: Sequence[ComparedSku], language: Language) -> Iterator[str]:
    if whole:
        yield said(key, language, n=len(whole))
        yield from lines
    if len(whole) > len(lines):
        yield said("more", language, n=len(whole) - len(lines))


def _entering(sku: ComparedSku, language: Language) -> str:
    now = sku.after or {}
    values = {"rank": now["list_rank"], "role": _role(now["role"], language), "before": deciding(sku.before, language)}
    return said("sku_in", language, sku_id=sku.sku_id, title=sku.title, **values)


def _leaving(sku: ComparedSku, language: Language) -> str:
    rank = (sku.before or {})["list_rank"]
    return said("sku_out", language, sku_id=sku.sku_id, title=sku.title, rank=rank, after=deciding(sku.after, language))


def _moved(sku: ComparedSku, language: Language) -> str:
    values: dict[str, Any] = {}
    for name, side in (("before", sku.before or {}), ("after", sku.after or {})):
        values |= {name: side["list_rank"], f"role_{name}": _role(side["role"], language)}
    return said("sku_moved", language, sku_id=sku.sku_id, title=sku.title, **values)


def _other(sku: ComparedSku, language: Language) -> str:
    before, after = (deciding(side, language) for side in (sku.before, sku.after))
    return said("sku_other", language, sku_id=sku.sku_id, title=sku.title, before=before, after=after)


def _distance(sku: ComparedSku) -> tuple[int, str]:
    before, after = ((side or {})["list_rank"] for side in (sku.before, sku.after))
    return -abs(after - before), sku.sku_id


def _role(name: str, language: Language) -> str:
    return said(f"role_{name}", language)


def _causes(found: Comparison, language: Language) -> Iterator[str]:
    if found.decisions:
        yield said("decisions", language)
    for row in found.decisions[:SHOWN_CODES]:
        before, after = (code_label(row[f"decision_code_{side}"], language) for side in ("before", "after"))
        yield said("decision", language, before=before, after=after, n=row["skus"])
    if found.shifts:
        yield said("shifts", language)
    for row in found.shifts:
        yield _shift(row, language)


def code_label(code: str | None, language: Language) -> str:
    """Return the short name of a decision `code` in `language`; that of no candidate for None."""
    from xuanpin.pipelines.reporting.words import texts

    known = texts().get(f"code_{code}")
    if code is None:
        return said("no_candidate", language)
    return str(known[language]) if known else code.replace("_", " ")


def _shift(row: dict[str, Any], language: Language) -> str:
    name = row["measure"]
    largest = (
        said(
            "largest",
            language,
            sku_id=one["sku_id"],
            before=measure(name, one["value_before"]),
            after=measure(name, one["value_after"]),
        )
        for one in row["largest"][:3]
    )
    means = {side: mean(name, row[f"mean_{side}"]) for side in ("before", "after")}
    values = {"rose": row["rose"], "fell": row["fell"], "largest": _joined(largest, language)}
    return said("shift", language, measure=said(f"measure_{name}", language), **means, **values)


def mean(name: str, value: float) -> str:
    """Write the mean `value` of the measure `name` over many SKUs."""
    return measure(name, value) if name in (*SHARES, *FRACTIONS) else f"{value:,.1f}"


def _joined(parts: Iterable[str], language: Language) -> str:
    return ("，" if language == "zh" else ", ").join(parts)


def effect_lines(found: Comparison, language: Language) -> Iterator[str]:
    """Yield what was `found` of matches, checks and alarms, one line a thing, in `language`."""
    pairs = found.matches
    if pairs["came"] or pairs["went"] or pairs["moved"]:
        yield said(
            "matches",
            language,
            before=f"{pairs['matches_before']:,}",
            after=f"{pairs['matches_after']:,}",
            **{name: f"{pairs[name]:,}" for name in ("came", "went", "moved", "agents")},
            changed=f"{pairs['agents_changed']:,}",
        )
    if found.agent is not None:
        yield from _agent(found.agent, language)
    if found.checks:
        yield said("checks", language)
    for row in found.checks[:SHOWN]:
        results = {side: _check(row, side, language) for side in ("before", "after")}
        yield said("check", language, name=row["check_name"], table=row["table_name"], **results)
    for key, is_new in (("alarms_new", True), ("alarms_gone", False)):
        names = [_alarm(row, language) for row in found.alarms if row["is_new"] is is_new]
        if names:
            yield said(key, language, names=listed(names, SHOWN))


def _alarm(row: dict[str, Any], language: Language) -> str:
    return f"{row['entity_id']} {alarm_label(row['metric'], language)}"


def alarm_label(metric: str, language: Language) -> str:
    """Return in a few words what an alarm of this `metric` says, in `language`; a rare one by its published name."""
    key = f"alarm_{metric.removesuffix('_listed')}"
    return said(key, language) if key in _texts() else metric


def _agent(changes: AgentChanges, language: Language) -> Iterator[str]:
    rows = (*changes.entering, *changes.leaving, *changes.moved)
    yield said("agent" if rows else "agent_same", language, agent_id=changes.agent_id)
    for row in rows:
        places = {"before": row["match_rank_before"], "after": row["match_rank_after"]}
        yield said(f"match_{row['move']}", language, sku_id=row["sku_id"], title=row["title"] or "", **places)


def _check(row: dict[str, Any], side: str, language: Language) -> str:
    result = row[f"result_{side}"]
    if result is None:
        return said("check_none", language)
    return said(f"check_{result}", language, n=row[f"rows_failed_{side}"])


def origin_lines(found: Comparison, language: Language) -> Iterator[str]:
    """Yield what was `found` of settings and of what the runs were made from, one line a thing, in `language`."""
    if not found.tells_settings and found.before.run_id != found.after.run_id:
        yield said("settings_unknown", language)
    if found.settings:
        yield said("settings", language)
    for difference in found.settings:
        yield setting_line(difference, language)
    if found.origins:
        yield said("origins", language)
    for difference in found.origins:
        yield origin_line(difference, language)
    if found.row_counts:
        tables = [_row_count(difference, language) for difference in found.row_counts]
        yield said("rows", language, tables=_joined(tables, language))


def _row_count(difference: Difference, language: Language) -> str:
    before, after = ("–" if n is None else f"{n:,}" for n in (difference.before, difference.after))
    return said("rows_of", language, table=_table(difference.key, language), before=before, after=after)


def _table(name: str, language: Language) -> str:
    """What a table is called; in Chinese by its own name, with that of its files."""
    return name if language == "en" or name not in table_names() else f"{load_contract(name).name_zh} {name}"


def setting_line(difference: Difference, language: Language) -> str:
    """Say in one line which setting differs, and how, in `language`."""
    return said("setting", language, key=difference.key, before=difference.before, after=difference.after)


def origin_line(difference: Difference, language: Language) -> str:
    """Say in one line what runs were made from that differs, and how, in `language`."""
    kind, _, name = difference.key.partition(".")
    key = said(f"origin_{kind}", language, name=_table(name, language))
    before, after = (_made_from(value, language) for value in (difference.before, difference.after))
    return said("origin", language, key=key, before=before, after=after)


def _made_from(value: Any, language: Language) -> str:
    if value is None:
        return said("absent", language)
    if isinstance(value, dict):
        return said("watermark", language, rows=f"{value['row_versions']:,}", day=value["known_on"])
    return str(value)[:DIGITS] if len(str(value)) == 64 else str(value)


@cache
def _texts() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.load(
        files("xuanpin.pipelines.comparing").joinpath("texts.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )
    return loaded
