-- One row: what the customers of an agent ordered on one day of a SKU that she is known or taken to have posted.
-- Why: such days are few among all days of all agents, which are so read once for all that is asked of them.
with list_pairs as (
    select
        agent_id,
        sku_id
    from night.int_recorded_posts
    union all
    select
        agent_id,
        sku_id
    from night.int_unposted_sales
)

select
    s.agent_id,
    s.sku_id,
    s.ordered_on,
    s.ordered_units
from night.int_agent_daily as s
where
    s.ordered_units > 0
    and exists (
        select 1 from list_pairs as p
        where p.agent_id = s.agent_id and p.sku_id = s.sku_id
    )
