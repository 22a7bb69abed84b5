-- One row: one SKU of int_sku_agents as it is once int_agent_daily has the sums of int_changed_agent_sums.
-- Why: only agents of whom a day of the SKU has changed may be more or fewer; whoever sold it on another day still did.
with list_pairs as (
    select distinct
        agent_id,
        sku_id
    from night.int_changed_agent_days
),

list_days as (
    select
        d.agent_id,
        d.sku_id,
        1 as was_sold,
        case when c.agent_id is null then 1 else 0 end as is_sold
    from night.int_agent_daily as d
    inner join list_pairs as p on d.agent_id = p.agent_id and d.sku_id = p.sku_id
    left join night.int_changed_agent_days as c
        on d.agent_id = c.agent_id and d.sku_id = c.sku_id and d.ordered_on = c.ordered_on
    where d.delivered_units > 0
    union all
    select
        agent_id,
        sku_id,
        0 as was_sold,
        1 as is_sold
    from night.int_changed_agent_sums
    where delivered_units > 0
),

judge_pairs as (
    select
        sku_id,
        max(is_sold) - max(was_sold) as agents
    from list_days
    group by agent_id, sku_id
),

list_counts as (
    select
        sku_id,
        agents
    from night.int_sku_agents
    union all
    select
        sku_id,
        agents
    from judge_pairs
    where agents <> 0
)

select
    sku_id,
    cast(sum(agents) as bigint) as agents
from list_counts
group by sku_id
having sum(agents) > 0
