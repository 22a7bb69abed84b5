"""All that the report shows, read from the night's tables; joins are SQL, this module only names and orders them."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyarrow as pa

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.feedback.step import redacted_excerpts
from xuanpin.pipelines.reporting.history import SHOWN_NIGHTS, remember_nights
from xuanpin.pipelines.run_store.sealing import partial_folder

Rows = list[dict[str, Any]]

# As many as a reader with ten minutes takes in; the workbook has all.
SHOWN_LANDMINES = 9
SHOWN_NEAR_MISSES = 15
SHOWN_SHORTFALLS = 20
EXCERPTS_PER_SKU = 2
# Up to this many matches the page carries every reason (25 bytes a match); beyond, `xuanpin card` tells an agent's.
MOST_REASONED_MATCHES = 100_000
# Four weeks of outcomes judge an override: most regrets show within them.
JUDGED_DAYS = 28

REPORTED = (
    "report_skus",
    "report_sales",
    "report_nights",
    "report_moves",
    "report_override_windows",
    "report_override_sales",
    "report_overrides",
)
"""Sets that the report adds to the night, in the order in which they rest on each other."""


@dataclass(frozen=True)
class Facts:
    """The report's content as plain rows; every list is in the order in which it is shown."""

    list_date: str
    as_of_date: str
    settings: dict[str, Any]
    manifest: dict[str, Any]
    former: dict[str, Any] | None
    headline: dict[str, Any]
    listed: Rows
    sales: dict[str, list[int]]
    nights: Rows
    scorecard: Rows
    moves: Rows
    landmines: Rows
    near_misses: Rows
    excerpts: dict[str, list[str]]
    overrides: Rows
    rules: Rows
    agents: Rows
    matches: pa.Table
    shortfalls: Rows
    alarms: Rows
    calibration: Rows
    checks: Rows
    quarantine: Rows


def gather(night: Night) -> Facts:
    """Read the night's tables once, in the order of the report."""
    former = remember_nights(night)
    dates: dict[str, Any] = {"as_of_date": night.as_of_date, "list_date": night.list_date}
    dates |= {"first_on": night.as_of_date - timedelta(days=SHOWN_NIGHTS), "judged_days": JUDGED_DAYS}
    for stem in REPORTED:
        night.engine.materialise(stem, **dates)
    landmines = _rows(night, _LANDMINES, shown=SHOWN_LANDMINES)
    agents = _rows(night, "select * from night.agent_summary order by agent_id")
    listed = _rows(night, "select * from night.report_skus order by list_rank")
    return Facts(
        list_date=night.list_date.isoformat(),
        as_of_date=night.as_of_date.isoformat(),
        settings=night.settings.model_dump(mode="json"),
        manifest=json.loads((partial_folder(night) / run_store.MANIFEST).read_text(encoding="utf-8")),
        former=former,
        headline=_rows(night, _HEADLINE)[0] | _sums(listed, agents),
        listed=listed,
        sales=_sales(night),
        nights=_rows(night, "select * from night.report_nights order by list_date desc"),
        scorecard=_rows(night, "select * from night.sku_scorecard order by score desc, sku_id"),
        moves=_rows(night, "select * from night.report_moves order by move, coalesce(list_rank, rank_before), sku_id"),
        landmines=landmines,
        near_misses=_rows(night, _NEAR_MISSES, shown=SHOWN_NEAR_MISSES),
        excerpts=redacted_excerpts(night, [row["sku_id"] for row in landmines], per_sku=EXCERPTS_PER_SKU),
        overrides=_rows(night, _OVERRIDES),
        rules=_rows(night, "select * from night.assortment_rules order by slack desc, rule"),
        agents=agents,
        matches=night.engine.query(_MATCHES, most=MOST_REASONED_MATCHES),
        shortfalls=_rows(night, _SHORTFALLS, shown=SHOWN_SHORTFALLS),
        alarms=_rows(night, "select * from night.alarms order by severity, level, entity_id, metric"),
        calibration=_rows(night, "select * from night.calibration order by metric, bin"),
        checks=_rows(night, "select * from night.run_quality order by result, table_name, check_name"),
        quarantine=_rows(night, _QUARANTINE),
    )


def _rows(night: Night, sql: str, **parameters: Any) -> Rows:
    rows: Rows = night.engine.query(sql, **parameters).to_pylist()
    return rows


def _sums(listed: Rows, agents: Rows) -> dict[str, Any]:
    """Sums of doubles, exact whatever the order in which the rows came."""
    kept = math.fsum(row["expected_kept_units"] for row in agents)
    regrets = math.fsum(row["expected_kept_units"] * (row["expected_regret_rate"] or 0.0) for row in agents)
    return {
        "expected_kept_units": kept,
        "expected_regret_rate": regrets / kept if kept else None,
        "satisfaction": math.fsum(row["satisfaction"] for row in listed) / max(len(listed), 1),
        "shortfalls": Counter(row["shortfall_code"] for row in agents if row["shortfall_code"]),
    }


def _sales(night: Night) -> dict[str, list[int]]:
    """Units sold of each listed SKU on each of the last days, oldest first."""
    sales: dict[str, list[int]] = defaultdict(lambda: [0] * SHOWN_NIGHTS)
    for row in _rows(night, "select * from night.report_sales order by sku_id, ordered_on"):
        sales[row["sku_id"]][SHOWN_NIGHTS - 1 - (night.as_of_date - row["ordered_on"]).days] = row["units"]
    return dict(sales)


_HEADLINE = """
select
    (select count(*) from night.sku_list) as listed,
    (select max(landmine_share) from night.assortment_certificate) as landmine_share,
    (select max(landmine_share_lower) from night.assortment_certificate) as landmine_share_lower,
    (select max(landmine_share_upper) from night.assortment_certificate) as landmine_share_upper,
    (select count(*) from night.sku_scorecard) as candidates,
    (select count(*) from night.report_moves where move = 'in') as moved_in,
    (select count(*) from night.report_moves where move = 'out') as moved_out,
    (select count(*) from night.agent_summary) as agents,
    (select count(*) from night.agent_matches) as matches,
    (select count(*) from night.agent_matches where propensity is not null) as trials,
    (select sum(slots_asked)::bigint from night.agent_summary) as slots,
    (select count(*) from night.alarms) as alarms,
    (select count(*) from night.run_quality where result <> 'pass') as checks_not_passed,
    (select short_code from night.assortment_certificate) as short_code,
    (select cast(max(regret_share) as double) from night.int_delay_curve) as regret_shown
"""
_LANDMINES = """
select * from night.sku_scorecard
where decision = 'not_listed' and landmine_probability > 0.5 and not prior_only
order by evidence_orders * regret_rate desc, sku_id
limit $shown
"""
_NEAR_MISSES = """
select * from night.sku_scorecard
where decision = 'not_listed' and decision_code not in ('banned_by_override', 'out_of_stock')
order by score desc, sku_id
limit $shown
"""
_OVERRIDES = """
select * from night.report_overrides
order by case state when 'in_force' then 0 when 'to_come' then 1 else 2 end, starts_on desc, override_id
"""
_MATCHES = """
select
    m.agent_id,
    l.list_rank,
    case when (select count(*) from night.agent_matches) <= $most then m.reasons end as reasons
from night.agent_matches as m
inner join night.sku_list as l on m.sku_id = l.sku_id
order by m.agent_id, m.match_rank
"""
_SHORTFALLS = """
select * from night.agent_summary where matches_given < slots_asked
order by slots_asked - matches_given desc, agent_id limit $shown
"""
_QUARANTINE = """
select table_name, state, array_to_string(rules, ', ') as rules, count(*) as rows
from ops.quarantine group by all order by table_name, state, rules
"""
