-- One row: an agent with the list price that her groups usually pay, and how much of what they got lately was regretted.
-- Why: what she finds dear depends on her groups; after SKUs that her customers regretted she trusts a list less.
select
    d.agent_id,
    cast(
        sum(cast(p.list_price * d.ordered_units as decimal(38, 2))) / nullif(cast(sum(d.ordered_units) as double), 0)
        as double
    ) as usual_price,
    cast(coalesce(sum(d.delivered_units) filter (where d.ordered_on > $trusted_after), 0) as bigint) as recent_units,
    cast(coalesce(sum(d.fault_lines) filter (where d.ordered_on > $trusted_after), 0) as bigint) as recent_faults
from night.int_agent_daily as d
inner join night.stg_products as p on d.sku_id = p.sku_id
group by d.agent_id
order by d.agent_id
