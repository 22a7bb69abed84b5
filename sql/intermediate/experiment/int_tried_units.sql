-- One row: what a trial may treat tonight: a SKU of the list with the family that it switches with, or an agent.
-- Why: variants of one SPU take sales from each other, so they are treated on the same days.
with list_units as (
    select
        l.sku_id as unit_id,
        coalesce(nullif(s.spu_id, ''), l.sku_id) as family,
        l.list_rank as place
    from night.sku_list as l
    inner join night.sku_scores as s on l.sku_id = s.sku_id
    where $unit_kind = 'sku'
    union all
    select
        agent_id as unit_id,
        agent_id as family,
        cast(0 as integer) as place
    from night.stg_agents
    where status = 'active' and $unit_kind = 'agent'
)

select
    unit_id,
    family
from list_units
order by place, unit_id
