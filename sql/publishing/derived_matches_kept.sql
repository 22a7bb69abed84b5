-- One row: one match of the earlier run that still holds, with the units that today's stock leaves it.
-- Why: prices, requirements and stock may have changed since; the stock goes to the better fit first.
with keep_rules as (
    select
        m.agent_id,
        m.sku_id,
        m.match_rank,
        m.fit,
        m.expected_kept_units,
        m.units_reserved,
        m.propensity,
        m.reasons,
        m.acceptance,
        l.sellable_units,
        row_number() over (partition by m.agent_id order by m.match_rank, m.sku_id) as place,
        a.daily_slots
    from history.base_matches as m
    inner join night.sku_list as l on m.sku_id = l.sku_id
    inner join night.stg_agents as a on m.agent_id = a.agent_id
    where
        a.status = 'active'
        and l.list_price >= coalesce(a.price_min, l.list_price)
        and l.list_price <= coalesce(a.price_max, l.list_price)
        and coalesce(l.satisfaction_upper, l.satisfaction) >= coalesce(a.min_satisfaction, 0)
        and l.landmine_probability <= coalesce(a.max_landmine_probability, l.landmine_probability)
        and not exists (
            select 1
            from night.derived_exclusions as e
            where e.agent_id = m.agent_id and e.sku_id = m.sku_id
        )
),

share_stock as (
    select
        agent_id,
        sku_id,
        match_rank,
        fit,
        expected_kept_units,
        units_reserved,
        propensity,
        reasons,
        acceptance,
        sellable_units - cast(
            coalesce(
                sum(units_reserved) over (
                    partition by sku_id
                    order by fit desc, agent_id asc
                    rows between unbounded preceding and 1 preceding
                ),
                0
            )
            as bigint
        ) as units_left
    from keep_rules
    where place <= daily_slots
)

select
    agent_id,
    sku_id,
    match_rank,
    fit,
    least(expected_kept_units, cast(units_left as double)) as expected_kept_units,
    least(units_reserved, units_left) as units_reserved,
    case when $days_since = 0 then propensity end as propensity,
    reasons,
    acceptance
from share_stock
where units_left >= 1
