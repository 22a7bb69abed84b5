-- One row: one alternate of the earlier run that an agent may still swap in, in its order.
-- Why: nothing was computed for a new pair, so alternates only become fewer; what is a match now, or declined, is none any more.
with reserve_stock as (
    select
        sku_id,
        sum(units_reserved) as units
    from night.agent_matches
    group by sku_id
),

add_up_swaps as (
    select
        sku_id,
        sum(units) as units
    from night.derived_answers
    group by sku_id
),

keep_rules as (
    select
        b.agent_id,
        b.alternate_rank,
        b.sku_id,
        b.fit,
        b.acceptance,
        b.expected_kept_units,
        b.reasons,
        l.sellable_units - coalesce(r.units, 0) as units_left,
        coalesce(t.units, 0) as units_swapped,
        coalesce(s.units, 0) as own_units
    from history.base_alternates as b
    inner join night.sku_list as l on b.sku_id = l.sku_id
    inner join night.stg_agents as a on b.agent_id = a.agent_id
    left join night.agent_matches as m on b.agent_id = m.agent_id and b.sku_id = m.sku_id
    left join night.derived_exclusions as e on b.agent_id = e.agent_id and b.sku_id = e.sku_id
    left join reserve_stock as r on b.sku_id = r.sku_id
    left join add_up_swaps as t on b.sku_id = t.sku_id
    left join night.derived_answers as s on b.agent_id = s.agent_id and b.sku_id = s.sku_id
    where
        a.status = 'active'
        and m.sku_id is null
        and e.sku_id is null
        and not coalesce(s.is_declined, false)
        and l.list_price >= coalesce(a.price_min, l.list_price)
        and l.list_price <= coalesce(a.price_max, l.list_price)
        and coalesce(l.satisfaction_upper, l.satisfaction) >= coalesce(a.min_satisfaction, 0)
        and l.landmine_probability <= coalesce(a.max_landmine_probability, l.landmine_probability)
)

select
    agent_id,
    cast(row_number() over (partition by agent_id order by alternate_rank, sku_id) as integer) as alternate_rank,
    sku_id,
    fit,
    acceptance,
    least(expected_kept_units, cast(units_left as double)) as expected_kept_units,
    reasons
from keep_rules
where units_left >= 1 and (own_units > 0 or units_left > units_swapped)
