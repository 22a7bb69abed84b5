-- One row: one listed SKU that may fill a free place of an agent, in the order in which places are filled.
-- Why: who has least left chooses first, and takes the best of the list that her rules permit; what is swapped in is not free.
with list_reserved as (
    select
        sku_id,
        units_reserved as units
    from night.derived_matches_kept
    union all
    select
        sku_id,
        units
    from night.derived_answers
),

reserve_stock as (
    select
        sku_id,
        sum(units) as units
    from list_reserved
    group by sku_id
),

-- A SKU on trial is for those who proposed it.
list_trials as (
    select distinct sku_id
    from history.base_picks
    where decision = 'listed_for_trial'
)

select
    o.agent_id,
    l.sku_id,
    cast(o.open_slots as bigint) as open_slots,
    cast(l.sellable_units - coalesce(r.units, 0) as bigint) as free_units,
    greatest(cast(ceil(g.demand_per_post) as bigint), 1) as wanted_units
from night.derived_openings as o
inner join night.stg_agents as a on o.agent_id = a.agent_id
inner join night.sku_list as l
    on
        l.list_price >= coalesce(a.price_min, l.list_price)
        and l.list_price <= coalesce(a.price_max, l.list_price)
        and coalesce(l.satisfaction_upper, l.satisfaction) >= coalesce(a.min_satisfaction, 0)
        and l.landmine_probability <= coalesce(a.max_landmine_probability, l.landmine_probability)
inner join night.derived_skus as g on l.sku_id = g.sku_id
left join history.base_skus as k on l.sku_id = k.sku_id
left join night.derived_matches_kept as m on o.agent_id = m.agent_id and l.sku_id = m.sku_id
left join night.derived_exclusions as e on o.agent_id = e.agent_id and l.sku_id = e.sku_id
left join reserve_stock as r on l.sku_id = r.sku_id
left join list_trials as t on l.sku_id = t.sku_id
where
    o.open_slots > 0
    and m.sku_id is null
    and e.sku_id is null
    and t.sku_id is null
    -- Orders of what perishes may be closed by now, and only the night knows for whom it keeps.
    and not coalesce(k.is_perishable, false)
order by o.kept, o.agent_id, l.list_rank
