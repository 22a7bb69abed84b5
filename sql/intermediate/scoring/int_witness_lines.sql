-- One row: one delivered line with its weight as a witness of its SKU (0-1), and what came of it.
-- Why: one buyer is one witness, her latest line weighs most; new buyers, accounts alike and agents alone weigh less.
with list_pairs as (
    select
        sku_number,
        customer_number,
        count(*) as pair_lines
    from temp.int_sale_lines
    where customer_number is not null
    group by sku_number, customer_number
    having count(*) > 1
),

-- Lines that are equal in all of these may be taken in any order.
rank_repeats as (
    select
        l.*,
        r.pair_lines,
        row_number() over (
            partition by l.sku_number, l.customer_number
            order by
                l.delivered_on desc,
                l.ordered_at desc,
                l.fault_days nulls last,
                l.complaint_days nulls last,
                l.return_days nulls last,
                l.agent_number,
                l.carrier_number nulls last,
                l.is_unpaid,
                l.is_damaged,
                l.written_line_id nulls last
        ) as nth
    from temp.int_sale_lines as l
    inner join list_pairs as r on l.sku_number = r.sku_number and l.customer_number = r.customer_number
),

list_lines as (
    select
        l.*,
        cast(1 as bigint) as pair_lines,
        cast(1 as bigint) as nth
    from temp.int_sale_lines as l
    left join list_pairs as r on l.sku_number = r.sku_number and l.customer_number = r.customer_number
    where r.sku_number is null
    union all
    select r.*
    from rank_repeats as r
),

number_alike as (
    select
        n.sku_number,
        a.customer_number,
        a.buyer_weight
    from night.int_alike_buyers as a
    inner join night.int_sku_numbers as n on a.sku_id = n.sku_id
),

weigh_lines as (
    select
        l.*,
        case
            when l.is_unpaid then 0
            when coalesce(b.is_new, true) and f.sku_number is not null then 0
            else
                case when coalesce(b.is_new, true) then $new_weight else 1 end
                * coalesce(s.agent_weight, 1)
                * coalesce(a.buyer_weight, 1)
        end as credibility,
        power($fading, l.nth - 1)
        / cast((1 - power($fading, l.pair_lines)) / cast(1 - $fading as double) as double) as buyer_share
    from list_lines as l
    left join night.int_buyers as b on l.customer_number = b.customer_number
    left join night.int_first_time_bursts as f on l.sku_number = f.sku_number and l.period = f.period
    left join number_alike as a on l.sku_number = a.sku_number and l.customer_number = a.customer_number
    left join night.int_lone_agents as s
        on l.sku_number = s.sku_number and l.period = s.period and l.agent_number = s.agent_number
)

select
    sku_number,
    customer_number,
    agent_number,
    carrier_number,
    delivered_on,
    return_days,
    fault_days,
    complaint_days,
    is_damaged,
    written_line_id,
    cast(cast(credibility as double) as decimal(4, 3)) as credibility,
    cast(cast(credibility as double) * buyer_share as decimal(4, 3)) as weight
from weigh_lines
