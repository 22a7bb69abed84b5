"""Draws the facts as one self-contained page in Chinese and English."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
import yaml
from markupsafe import Markup, escape

from pipelines.contracts.reasons import Language, reason_sentence
from pipelines.reporting import charts
from pipelines.reporting.facts import Facts, Rows

LANGUAGES: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
# Below this share of its slots an agent counts into each bar of the coverage picture.
FILLED_STEPS = ("0–24 %", "25–49 %", "50–74 %", "75–99 %", "100 %")


def render(facts: Facts) -> str:
    """The whole page as text: styles, script, pictures and data inside, nothing loaded from anywhere."""
    return _template().render(
        facts=facts,
        style=Markup(_resource("style.css")),
        script=Markup(_resource("script.js")),
        charts=_charts(facts),
        roles=sorted({row["role"] for row in facts.listed}),
        categories=sorted({row["category"] for row in facts.listed}),
        scale=_rate_scale(facts.listed),
        agent_data=Markup(
            json.dumps(_agent_data(facts), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        ),
        ceilings={row["sku_id"]: row["landmine_ceiling"] for row in facts.scorecard},
    )


def text(key: str, **values: Any) -> Markup:
    """A fixed text in every language; the page shows the one that the reader chose."""
    both = _texts()[key]
    return both_languages({code: str(both[code]).format(**values) for code in LANGUAGES})


def sentence(reason: str) -> Markup:
    """A published reason as a sentence in every language."""
    return both_languages({code: reason_sentence(reason, code) for code in LANGUAGES})


def both_languages(said: dict[str, str]) -> Markup:
    """Spans of which the style sheet shows one."""
    spans = (Markup('<span lang="{}">{}</span>').format(tag, said[code]) for code, tag in LANGUAGES.items())
    return Markup("").join(spans)


def percent(share: float | None, places: int = 1) -> str:
    """A share as a percentage; a dash where it is unknown."""
    return "–" if share is None else f"{100 * share:.{places}f} %"


def number(value: float | None, places: int = 0) -> str:
    """A count or quantity with thousands marked."""
    return "–" if value is None else f"{value:,.{places}f}"


def interval(row: dict[str, Any], metric: str, scale: float, ceiling: float | None = None) -> Markup:
    """A rate with its 90 % interval as a small bar on a common scale, and the ceiling as an upright line."""
    middle, upper = row[metric], row[f"{metric}_upper"]
    lower = row.get(f"{metric}_lower")
    lower = max(0.0, 2 * middle - upper) if lower is None else lower
    place = {name: f"{100 * min(value / scale, 1):.1f}" for name, value in (("a", lower), ("b", upper), ("m", middle))}
    mark = "" if ceiling is None else f'<i class="ceiling" style="left:{100 * min(ceiling / scale, 1):.1f}%"></i>'
    return Markup(
        f'<span class="num">{percent(middle)}</span><span class="bar" aria-hidden="true">'
        f'<i class="range" style="left:{place["a"]}%;right:{100 - float(place["b"]):.1f}%"></i>'
        f'<i class="dot" style="left:{place["m"]}%"></i>{mark}</span>'
        f'<span class="small">≤ {escape(percent(upper))}</span>'
    )


def _rate_scale(listed: Rows) -> float:
    """One scale for all interval bars: the largest upper bound on the list, so that lengths compare."""
    return max([max(row["return_rate_upper"], row["regret_rate_upper"]) for row in listed], default=1.0)


def _charts(facts: Facts) -> dict[str, Markup]:
    drawn = {f"mix_{name}": _per_language(charts.bar_chart, rows, "skus") for name, rows in facts.mix.items()}
    drawn["coverage"] = _per_language(charts.coverage_chart, _coverage(facts.agents), "filled_share", "agents")
    if facts.calibration:
        drawn["calibration"] = _per_language(charts.calibration_chart, facts.calibration, "predicted", "observed")
    return drawn


def _per_language(chart: Any, rows: Rows, *titles: str) -> Markup:
    pictures = {code: chart(rows, *[_texts()[title][code] for title in titles]) for code in LANGUAGES}
    spans = (Markup('<span lang="{}">{}</span>').format(tag, Markup(pictures[code])) for code, tag in LANGUAGES.items())
    return Markup("").join(spans)


def _coverage(agents: Rows) -> Rows:
    counts = dict.fromkeys(FILLED_STEPS, 0)
    for row in agents:
        share = row["matches_given"] / row["slots_asked"] if row["slots_asked"] else 1.0
        counts[FILLED_STEPS[min(int(4 * share), 4)]] += 1
    return [{"filled": step, "agents": count} for step, count in counts.items()]


def _agent_data(facts: Facts) -> dict[str, Any]:
    """Agents' goods as positions on the list, which keeps the page small with many agents."""
    position = {row["sku_id"]: index for index, row in enumerate(facts.listed)}
    goods: dict[str, list[int]] = defaultdict(list)
    for match in facts.matches:
        goods[match["agent_id"]].append(position[match["sku_id"]])
    return {
        "goods": [[row["sku_id"], row["title"], str(row["list_price"])] for row in facts.listed],
        "agents": {row["agent_id"]: [row["slots_asked"], goods[row["agent_id"]]] for row in facts.agents},
    }


@cache
def _texts() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load(_resource("texts.yaml"))
    return loaded


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {"t": text, "sentence": sentence, "percent": percent, "number": number, "interval": interval}
    return environment.from_string(_resource("page.html.j2"))


def _resource(name: str) -> str:
    return files("pipelines.reporting").joinpath(name).read_text(encoding="utf-8")
