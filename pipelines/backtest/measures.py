"""Computes the figures of a back-test from its tables: shares, calibration and estimates with their evidence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from xuanpin.models.arrays import Floats
from xuanpin.models.evaluation.off_policy import Estimate, Logged, doubly_robust, ips, mean_interval, snips
from xuanpin.models.evaluation.reliability import reliability
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

Measures = dict[str, Any]

LISTS = {"xuanpin": "listed", "best_sellers_1": "best_1", "best_sellers_7": "best_7", "best_sellers_28": "best_28"}
LEAST_SUPPORT = 0.9
"""Share of the other policy's choices that chance must have been able to make; what it could not make stays unknown."""


def coverage(days: pa.Table) -> Measures:
    """Return the share of order lines that our list held, and that best-seller lists of the same length held.

    `days`: one row a list date, as sql/backtest/backtest_coverage.sql gives it.
    """
    days = days.sort_by("list_date")
    lines = _doubles(days, "order_lines")
    total = float(lines.sum())
    shares = {name: _doubles(days, f"{column}_lines") for name, column in LISTS.items()}
    found = {name: _share(float(part.sum()), total) for name, part in shares.items()}
    best = max((name for name in LISTS if name != "xuanpin"), key=lambda name: found[name] or 0.0)
    ahead = mean_interval((shares["xuanpin"] - shares[best]) / lines) if len(lines) else None
    by_date = [
        {"list_date": str(day)} | {name: _share(float(shares[name][row]), float(lines[row])) for name in LISTS}
        for row, day in enumerate(days["list_date"].to_pylist())
    ]
    return {
        "order_lines": int(total),
        "share": found,
        "best_best_sellers": best,
        "xuanpin_minus_best": vars(ahead) if ahead else None,
        "by_date": by_date,
    }


def calibration(rates: pa.Table) -> Measures:
    """Compare published return and regret rates of listed SKUs with the outcomes of their lines of the list date.

    `rates`: one row a SKU and list date, as sql/backtest/backtest_rates.sql gives it.
    """
    rates = rates.sort_by([("list_date", "ascending"), ("sku_id", "ascending")])
    return {
        metric: _calibration(_doubles(rates, metric), _doubles(rates, f"{verb}_lines"), _doubles(rates, exposure))
        for metric, verb, exposure in (
            ("return_rate", "returned", "return_exposure"),
            ("regret_rate", "regretted", "regret_exposure"),
        )
    }


def _calibration(predicted: Floats, events: Floats, exposure: Floats) -> Measures:
    total = float(exposure.sum())
    if total <= 0.0:
        return {"mature_lines": total, "predicted": None, "observed": None, "expected_error": None, "bins": []}
    bins = reliability(predicted, events, exposure, bins=5)
    rows = zip(bins.predicted, bins.observed, bins.trials, strict=True)
    return {
        "mature_lines": total,
        "predicted": float(np.sum(predicted * exposure)) / total,
        "observed": float(events.sum()) / total,
        "expected_error": bins.expected_error,
        "bins": [{"predicted": float(p), "observed": float(o), "mature_lines": float(n)} for p, o, n in rows],
    }


def hits(days: pa.Table) -> Measures:
    """Return how many matches were sold on their day, and how many of the agents' order lines had been matches.

    `days`: one row a list date, as sql/backtest/backtest_hits.sql gives it.
    """
    total = {name: int(_doubles(days, name).sum()) for name in days.column_names if name != "list_date"}
    return {
        "matches": total["matches"],
        "sold_share": _share(total["matches_sold"], total["matches"]),
        "order_lines": total["order_lines"],
        "foreseen_share": _share(total["matched_lines"], total["order_lines"]),
        "own_best_sellers_share": _share(total["habit_lines"], total["order_lines"]),
    }


def off_policy(draws: pa.Table, is_replay: bool) -> Measures:
    """Estimate the kept units of a slot filled by the replayed matches from the slots that chance filled.

    `draws`: one row a SKU that chance gave to an agent, as sql/backtest/backtest_draws.sql gives it; without
    `is_replay` nothing is estimated. The claim is "insufficient evidence" where the logs do not support an estimate;
    the effective sample size says how far off.
    """
    draws = draws.sort_by([("list_date", "ascending"), ("agent_id", "ascending"), ("sku_id", "ascending")])
    _, agent = np.unique(draws["agent_id"].to_numpy(zero_copy_only=False).astype(str), return_inverse=True)
    logged = Logged(
        reward=_doubles(draws, "kept_units"),
        propensity=_doubles(draws, "propensity"),
        target=_doubles(draws, "target"),
        agent=agent.astype(np.int64),
    )
    if not is_replay or not len(agent):
        not_replayed = phrase("published matches leave out what chance gave; add --replay")
        reason = phrase("no slot was filled by chance") if is_replay else not_replayed
        claim = phrase("insufficient evidence: {reason}", reason=reason)
        return {"claim": claim, "draws": len(agent), "effective": 0.0}
    chance = Logged(logged.reward, logged.propensity, logged.propensity, logged.agent)
    estimates = {
        "chance": ips(chance),
        "ips": ips(logged),
        "snips": snips(logged),
        "dr": doubly_robust(logged, _doubles(draws, "predicted_units"), _doubles(draws, "target_units")),
    }
    support = min(float(logged.weight.mean()), 1.0)
    return {
        "claim": _claim(estimates["dr"], support),
        "draws": len(agent),
        "agents": estimates["ips"].agents,
        "effective": estimates["ips"].effective,
        "support": support,
        "kept_units_a_slot": {name: vars(estimate.value) for name, estimate in estimates.items()},
    }


def _claim(estimate: Estimate, support: float) -> Phrase:
    value = estimate.value
    if not estimate.enough or support < LEAST_SUPPORT:
        return phrase(
            "insufficient evidence: {draws:.0f} effective draws of {agents} agents, and chance could have made "
            "{support:.0%} of the choices",
            draws=estimate.effective,
            agents=estimate.agents,
            support=support,
        )
    return phrase(
        "a matched slot keeps {mean:.3f} units [{lower:.3f}, {upper:.3f}] a day",
        mean=value.mean,
        lower=value.lower,
        upper=value.upper,
    )


METRICS = {"return_rate": phrase("return rate"), "regret_rate": phrase("regret rate")}
"""What the text calls the rates of listed SKUs."""


def backtest_text(facts: Measures) -> Phrase:
    """Describe the back-test in a few lines; `facts` are those of backtest."""
    head = phrase(
        "Nights as of {first} to {last}: {published} published, {replayed} run anew; judged by what was known on {day}",
        first=facts["from"],
        last=facts["to"],
        published=facts["nights_published"],
        replayed=facts["nights_replayed"],
        day=facts["judged_on"],
    )
    rates = [_rate_line(metric, row) for metric, row in facts["calibration"].items()]
    claim = phrase("Off-policy: {claim}", claim=facts["off_policy"]["claim"])
    return joined([head, _list_line(facts["coverage"]), *rates, _match_line(facts["matches"]), claim], "\n")


def _list_line(lists: Measures) -> Phrase:
    shares = [f"{name} {_percent(lists['share'][name])}" for name in LISTS]
    return phrase(
        "List: share of {lines} order lines held by {shares}", lines=lists["order_lines"], shares=joined(shares)
    )


def _rate_line(metric: str, row: Measures) -> Phrase:
    return phrase(
        "Listed SKUs, {metric}: predicted {predicted}, observed {observed} on {lines:.0f} mature lines",
        metric=METRICS[metric],
        predicted=_percent(row["predicted"]),
        observed=_percent(row["observed"]),
        lines=row["mature_lines"],
    )


def _match_line(matches: Measures) -> Phrase:
    return phrase(
        "Matches: {sold} of {matches} were sold on their day; they foresaw {foreseen} of {lines} order lines, each "
        "agent's own best sellers {own}",
        sold=_percent(matches["sold_share"]),
        matches=matches["matches"],
        foreseen=_percent(matches["foreseen_share"]),
        lines=matches["order_lines"],
        own=_percent(matches["own_best_sellers_share"]),
    )


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.1%}"


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _doubles(table: pa.Table, column: str) -> Floats:
    return np.asarray(table[column].cast(pa.float64()).to_numpy(), dtype=np.float64)
