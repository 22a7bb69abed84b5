-- One row: one delivered line with its weight as a witness of its SKU (0-1), and what came of it.
-- Why: one buyer is one witness, her latest line weighs most; new buyers, accounts alike and agents alone weigh less.
with list_written as (
    select order_line_id as written_line_id
    from night.int_window_mentions
    where kind = 'feedback' and satisfaction is not null and order_line_id is not null
    group by order_line_id
),

list_bursts as (
    select
        n.name_key as sku_key,
        f.period
    from night.int_first_time_bursts as f
    inner join night.int_source_numbers as n on n.kind = 'sku' and f.sku_number = n.source_number
),

list_alike as (
    select
        n.name_key as sku_key,
        a.customer_key,
        a.buyer_weight
    from night.int_alike_buyers as a
    inner join night.int_source_numbers as n on n.kind = 'sku' and a.sku_id = n.entity_id
),

list_lone as (
    select
        n.name_key as sku_key,
        l.period,
        a.name_key as agent_key,
        l.agent_weight
    from night.int_lone_agents as l
    inner join night.int_source_numbers as n on n.kind = 'sku' and l.sku_number = n.source_number
    inner join night.int_source_numbers as a on a.kind = 'agent' and l.agent_number = a.source_number
),

weigh_lines as (
    select
        l.*,
        w.written_line_id,
        case
            when l.is_unpaid then 0
            when l.is_new and f.sku_key is not null then 0
            else
                case when l.is_new then $new_weight else 1 end
                * coalesce(s.agent_weight, 1)
                * coalesce(a.buyer_weight, 1)
        end as credibility
    from night.int_sale_lines as l
    left join list_bursts as f on l.sku_key = f.sku_key and l.period = f.period
    left join list_alike as a on l.sku_key = a.sku_key and l.customer_key = a.customer_key
    left join list_lone as s on l.sku_key = s.sku_key and l.period = s.period and l.agent_key = s.agent_key
    left join list_written as w on l.order_line_id = w.written_line_id
)

select
    sku_key,
    customer_key,
    agent_key,
    carrier_key,
    delivered_on,
    return_days,
    fault_days,
    complaint_days,
    is_damaged,
    written_line_id,
    cast(cast(credibility as double) as decimal(4, 3)) as credibility,
    cast(cast(credibility as double) * buyer_share as decimal(4, 3)) as weight
from weigh_lines
