-- One row: one agent and listed SKU with the units and days of her customers' orders of it in the history window.
-- Why: reasons quote units; repeat purchase is predicted from days: in fresh_days one weighs less with each day of age.
select
    d.agent_id,
    d.sku_id,
    cast(sum(d.ordered_units) as bigint) as ordered_units,
    cast(
        sum(greatest($history_days - date_diff('day', d.ordered_on, cast($as_of_date as date)), 0)) as bigint
    ) as fresh_days
from night.int_agent_daily as d
where
    d.ordered_units > 0
    and d.sku_id in (select l.sku_id from night.sku_list as l)
group by d.agent_id, d.sku_id
