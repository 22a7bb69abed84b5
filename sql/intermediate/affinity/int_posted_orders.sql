-- One row: one agent and a SKU that she is known or taken to have posted, and that her customers ordered.
-- Why: repeat purchase is predicted from days, not units; in fresh_days a day weighs less with each day of its age.
with list_pairs as (
    select
        agent_id,
        sku_id
    from temp.int_recorded_posts
    union all
    select
        agent_id,
        sku_id
    from temp.int_unposted_sales
)

select
    s.agent_id,
    s.sku_id,
    cast(
        sum(greatest($history_days - date_diff('day', s.ordered_on, cast($as_of_date as date)), 0)) as bigint
    ) as fresh_days
from temp.int_choice_days as s
where
    s.ordered_units > 0
    and exists (
        select 1 from list_pairs as p
        where p.agent_id = s.agent_id and p.sku_id = s.sku_id
    )
group by s.agent_id, s.sku_id
order by s.agent_id, s.sku_id
