-- One row: one agent and a SKU that she is known or taken to have posted, and that her customers ordered.
-- Why: repeat purchase is predicted from days, not units; in fresh_days a day weighs less with each day of its age.
select
    agent_id,
    sku_id,
    cast(
        sum(greatest($history_days - date_diff('day', ordered_on, cast($as_of_date as date)), 0)) as bigint
    ) as fresh_days
from night.int_posted_days
group by agent_id, sku_id
order by agent_id, sku_id
