"""All that the report shows, read from the night's tables; joins are SQL, this module only names and orders them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.feedback import redacted_excerpts
from pipelines.night import Night

Rows = list[dict[str, Any]]

# As many as a reader with ten minutes takes in; the workbook has all.
SHOWN_LANDMINES = 12
SHOWN_NEAR_MISSES = 12
SHOWN_SHORTFALLS = 20
EXCERPTS_PER_SKU = 2


@dataclass(frozen=True)
class Facts:
    """The report's content as plain rows; every list is in the order in which it is shown."""

    list_date: str
    as_of_date: str
    settings: dict[str, Any]
    headline: dict[str, Any]
    listed: Rows
    scorecard: Rows
    moves: Rows
    landmines: Rows
    near_misses: Rows
    excerpts: dict[str, list[str]]
    mix: dict[str, Rows]
    rules: Rows
    agents: Rows
    matches: Rows
    shortfalls: Rows
    alarms: Rows
    calibration: Rows
    checks: Rows
    quarantine: Rows


def gather(night: Night) -> Facts:
    """Read the night's tables once, in the order of the report."""
    night.engine.materialise("report_moves")
    landmines = _rows(night, _LANDMINES, shown=SHOWN_LANDMINES)
    return Facts(
        list_date=night.list_date.isoformat(),
        as_of_date=night.as_of_date.isoformat(),
        settings=night.settings.model_dump(mode="json"),
        headline=_rows(night, _HEADLINE)[0],
        listed=_rows(night, "select * from night.sku_list order by list_rank"),
        scorecard=_rows(night, "select * from night.sku_scorecard order by score desc, sku_id"),
        moves=_rows(night, "select * from night.report_moves order by move, coalesce(list_rank, rank_before), sku_id"),
        landmines=landmines,
        near_misses=_rows(night, _NEAR_MISSES, shown=SHOWN_NEAR_MISSES),
        excerpts=redacted_excerpts(night, [row["sku_id"] for row in landmines], per_sku=EXCERPTS_PER_SKU),
        mix={
            "category": _rows(night, _CATEGORY_MIX),
            "supplier": _rows(night, _SUPPLIER_MIX),
            "price": _rows(night, _PRICE_MIX),
        },
        rules=_rows(night, "select * from night.assortment_rules order by slack desc, rule"),
        agents=_rows(night, "select * from night.agent_summary order by agent_id"),
        matches=_rows(
            night, "select agent_id, match_rank, sku_id, fit from night.agent_matches order by agent_id, match_rank"
        ),
        shortfalls=_rows(night, _SHORTFALLS, shown=SHOWN_SHORTFALLS),
        alarms=_rows(night, "select * from night.alarms order by severity desc, level, entity_id, metric"),
        calibration=_rows(night, "select * from night.calibration order by metric, bin"),
        checks=_rows(night, "select * from night.run_quality order by result, table_name, check_name"),
        quarantine=_rows(night, _QUARANTINE),
    )


def _rows(night: Night, sql: str, **parameters: Any) -> Rows:
    rows: Rows = night.engine.query(sql, **parameters).to_pylist()
    return rows


_HEADLINE = """
select
    count(*) as listed,
    sum(expected_kept_units) as expected_kept_units,
    sum(expected_kept_units * regret_rate) / nullif(sum(expected_kept_units), 0) as expected_regret_rate,
    avg(landmine_probability) as landmine_share,
    (select max(landmine_share_lower) from night.assortment_certificate) as landmine_share_lower,
    (select max(landmine_share_upper) from night.assortment_certificate) as landmine_share_upper,
    avg(satisfaction) as satisfaction,
    (select count(*) from night.sku_scorecard) as candidates,
    (select count(*) from night.report_moves where move = 'in') as moved_in,
    (select count(*) from night.report_moves where move = 'out') as moved_out,
    (select count(*) from night.agent_summary) as agents,
    (select count(*) from night.agent_matches) as matches,
    (select sum(slots_asked) from night.agent_summary) as slots,
    (select count(*) from night.alarms) as alarms,
    (select count(*) from night.run_quality where result <> 'pass') as checks_not_passed
from night.sku_list
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
_CATEGORY_MIX = """
select category as name, count(*) as skus, sum(expected_kept_units) as expected_kept_units
from night.sku_list group by category order by skus desc, name
"""
_SUPPLIER_MIX = """
select supplier_id as name, count(*) as skus, sum(expected_kept_units) as expected_kept_units
from night.sku_list group by supplier_id order by skus desc, name
"""
_PRICE_MIX = """
select
    case
        when list_price < 20 then '0–20' when list_price < 50 then '20–50' when list_price < 100 then '50–100'
        when list_price < 200 then '100–200' else '200+'
    end as name,
    min(list_price) as lowest,
    count(*) as skus,
    sum(expected_kept_units) as expected_kept_units
from night.sku_list group by name order by lowest
"""
_SHORTFALLS = """
select * from night.agent_summary where matches_given < slots_asked
order by slots_asked - matches_given desc, agent_id limit $shown
"""
_QUARANTINE = """
select table_name, state, array_to_string(rules, ', ') as rules, count(*) as rows
from ops.quarantine group by all order by table_name, state, rules
"""
