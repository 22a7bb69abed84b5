-- One row: one agent who stands for her segment and a SKU that her customers ordered in the history window.
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
    and agent_id in (select m.agent_id from temp.int_segment_members as m)
group by agent_id, sku_id
order by agent_id, sku_id
