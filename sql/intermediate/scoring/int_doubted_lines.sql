-- One row: one buyer of a SKU from one agent in one period whose lines what others do makes less credible, and how far (0-1).
-- Why: new buyers in a burst are no witnesses, accounts alike and agents alone are few. All other lines need no look-up.
with list_bursts as (
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
)

select
    l.sku_key,
    l.period,
    l.agent_key,
    l.customer_key,
    cast(
        max(
            case
                when l.is_new and f.sku_key is not null then 0
                else
                    case when l.is_new then $new_weight else 1 end
                    * coalesce(s.agent_weight, 1)
                    * coalesce(a.buyer_weight, 1)
            end
        ) as double
    ) as credibility
from night.int_sale_lines as l
left join list_bursts as f on l.sku_key = f.sku_key and l.period = f.period
left join list_alike as a on l.sku_key = a.sku_key and l.customer_key = a.customer_key
left join list_lone as s on l.sku_key = s.sku_key and l.period = s.period and l.agent_key = s.agent_key
where f.sku_key is not null or a.sku_key is not null or s.sku_key is not null
group by l.sku_key, l.period, l.agent_key, l.customer_key
