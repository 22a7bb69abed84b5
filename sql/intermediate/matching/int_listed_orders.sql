-- One row: one agent and listed SKU with the days on which her customers ordered it in the history window.
-- Why: repeat purchase is predicted from days, not units; in fresh_days a day weighs less with each day of its age.
select
    agent_id,
    sku_id,
    cast(
        sum(greatest($history_days - date_diff('day', ordered_on, cast($as_of_date as date)), 0)) as bigint
    ) as fresh_days
from night.int_agent_daily
where
    ordered_units > 0
    and sku_id in (select l.sku_id from night.sku_list as l)
group by agent_id, sku_id
order by agent_id, sku_id
