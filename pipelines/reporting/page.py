"""Renders the report as one self-contained page in Chinese and English."""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup

from xuanpin.pipelines import figures
from xuanpin.pipelines.missing.prices import has_no_outcomes, in_languages
from xuanpin.pipelines.reporting import charts, words
from xuanpin.pipelines.reporting.agents import can_look_up, coverage, packed_agents
from xuanpin.pipelines.reporting.alarms import spoken, subject_name
from xuanpin.pipelines.reporting.broken_rules import broken_rules, check_name
from xuanpin.pipelines.reporting.facts import ReportContent, ReportRows
from xuanpin.pipelines.reporting.findings import LARGE_MOVE, change_counts, findings, large_moves, verdict_key
from xuanpin.pipelines.reporting.left_behind import LEFT_BEHIND_NIGHTS, weakest_share
from xuanpin.pipelines.reporting.mix import mix, rule_rows, segments_short
from xuanpin.pipelines.reporting.outcomes import kept_so_far, outcome_summary, regret_share
from xuanpin.pipelines.reporting.override_outcomes import outcome_key, override_effects
from xuanpin.pipelines.reporting.page_policy import policy
from xuanpin.pipelines.reporting.trial import trial_metric, trial_state, trial_value
from xuanpin.pipelines.reporting.unmatched import unmatched, unmatched_why
from xuanpin.pipelines.republishing import holds

# The first rows of the list answer most questions; a button shows the rest.
FIRST_ROWS = 30
LABELLED = (
    "rank", "product", "price", "regret_rate", "return_rate", "landmine_probability", "satisfaction", "kept_units",
    "stock", "sold",
)  # fmt: skip
"""The texts that name the columns of the list, in their order."""


def render(facts: ReportContent, draw: charts.Draw) -> str:
    """Render `facts` as the whole page: styles, script, pictures and data inside, nothing loaded from anywhere.

    `draw` is called once, for all its pictures.
    """
    parts = mix(facts)
    style, labels, script = words.resource("style.css"), _column_labels(), words.resource("script.js")
    return _template().render(
        facts=facts,
        findings=findings(facts),
        changes=change_counts(facts.moves),
        large_moves=large_moves(facts.moves),
        large_move=LARGE_MOVE,
        parts=parts,
        outcome=outcome_summary(facts.nights),
        rules=rule_rows(facts),
        segments=segments_short(facts),
        charts={name: Markup(svg) for name, svg in draw(_charts(facts, parts)).items()},
        roles=sorted({row["role"] for row in facts.listed}),
        categories=sorted({row["category"] for row in facts.listed}),
        weakest=weakest_share(facts.sizes),
        left_behind_nights=LEFT_BEHIND_NIGHTS,
        scale=_rate_scale(facts.listed),
        first_rows=FIRST_ROWS,
        agent_data=packed_agents(facts),
        can_look_up=can_look_up(facts),
        unmatched=unmatched(facts.listed, facts.overrides),
        style=Markup(style),
        labels=Markup(labels),
        script=Markup(script),
        policy=policy([style, labels], [script]),
    )


def _column_labels() -> str:
    """Write the style that names the cells of the list where a phone shows a row as a block."""
    texts, rule = words.texts(), 'html[lang="{}"] #skus td:nth-child({})::before {{ content: "{}"; }}'
    return "\n".join(
        rule.format(words.LANGUAGES[code], place, texts[key][code])
        for place, key in enumerate(LABELLED, start=1)
        for code in words.LANGUAGES
    )


def _rate_scale(listed: ReportRows) -> float:
    """Return one scale for all interval bars: the largest upper bound on the list, so that lengths compare."""
    return max([max(row["return_rate_upper"], row["regret_rate_upper"]) for row in listed], default=1.0)


def _charts(facts: ReportContent, parts: dict[str, ReportRows]) -> dict[str, charts.Spec]:
    drawn = {f"mix_{name}": charts.bar_chart(rows) for name, rows in parts.items()}
    drawn["coverage"] = charts.coverage_chart(coverage(facts.agents))
    nights = [_outcome(row) for row in reversed(facts.nights)]
    if nights:
        drawn["kept"] = charts.nights_chart(nights, "expected_by_now", "kept_units")
        drawn["regret"] = charts.nights_chart(nights, "predicted", "observed", percent=True)
    if facts.frontier:
        asked = facts.settings["assortment"]["list_size"], facts.settings["scoring"]["landmine_promise"]
        drawn["frontier"] = charts.frontier_chart(facts.frontier, *asked)
    for metric in sorted({row["metric"] for row in facts.calibration if row["metric"].endswith("_rate")}):
        rows = [row for row in facts.calibration if row["metric"] == metric]
        plain = [{"predicted": row["predicted"], "observed": row["observed"], "n": row["n"]} for row in rows]
        drawn[f"calibration_{metric}"] = charts.calibration_chart(plain)
    return drawn


def _outcome(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "list_date": str(row["list_date"]),
        "expected_by_now": row["expected_by_now"],
        "kept_units": kept_so_far(row),
        "predicted": regret_share(row, "regrets_predicted"),
        "observed": regret_share(row, "regrets_observed"),
    }


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(words.resource),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "t": words.text,
        "language_attributes": words.language_attributes,
        "sentence": words.sentence,
        "percent": words.percent,
        "number": words.number,
        "interval": words.interval,
        "sparkline": words.sparkline,
        "metric": words.metric,
        "known_text": words.known_text,
        "table_title": lambda name: words.in_both(words.table_name, name),
        "check_name": lambda name: words.both_languages(check_name(name)),
        "subject_name": lambda row: words.in_both(subject_name, row),
        "source_name": words.source_name,
        "spoken": spoken,
        "trial_state": lambda rows: words.both_languages(trial_state(rows)),
        "trial_metric": lambda row: words.both_languages(trial_metric(row)),
        "trial_value": trial_value,
        "texts": words.texts(),
        "brake_name": lambda row: words.in_both(holds.brake_name, row),
        "brake_sentence": lambda row: words.in_both(holds.brake_sentence, row),
        "held_sentence": lambda list_date: words.in_both(holds.held_sentence, list_date),
        "brake_value": holds.brake_value,
        "has_no_outcomes": has_no_outcomes,
        "missing_prices": lambda manifest: [words.both_languages(said) for said in in_languages(manifest)],
        "broken_rules": lambda names: words.in_both(broken_rules, names),
        "figure_name": lambda key: words.in_both(figures.figure_name, key),
        "figure_text": figures.figure_text,
        "outcome_key": outcome_key,
        "verdict_key": verdict_key,
        "unmatched_why": unmatched_why,
        "override_effects": override_effects,
        "kept_so_far": kept_so_far,
        "regret_share": regret_share,
    }
    return environment.get_template("page.html.j2")
