-- One row: one active agent with her hard rules, what she has declined, and the places she asks to be filled.
-- Why: a match that steps in during the day must keep her rules without asking the warehouse.
with list_declined as (
    select
        agent_id,
        array_sort(array_agg(sku_id)) as declined_skus
    from night.int_standing_refusals
    group by agent_id
)

select
    a.agent_id,
    a.status,
    a.price_min,
    a.price_max,
    a.min_satisfaction,
    a.max_landmine_probability,
    a.categories_excluded,
    cast(a.daily_slots as integer) as daily_slots,
    r.declined_skus
from night.stg_agents as a
left join list_declined as r on a.agent_id = r.agent_id
where a.status = 'active'
order by a.agent_id
