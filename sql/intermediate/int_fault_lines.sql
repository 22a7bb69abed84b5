-- One row: one recently delivered order line with who had a hand in it, and whether it is regretted so far.
-- Why: only the last $fault_days days are searched for culprits, so the cost of a night does not grow with history.
with list_lines as (
    select
        t.order_line_id,
        t.sku_id,
        t.agent_id,
        t.customer_id,
        t.carrier_id,
        t.delivered_on,
        cast(date_diff('day', t.delivered_on, $as_of_date) as integer) as age_days,
        t.fault_requested_on,
        t.return_reason
    from memory.order_line_timeline as t
    where
        t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.status <> 'cancelled'
        and t.delivered_on <= $as_of_date
        and t.delivered_on > $first_on
)

select
    l.order_line_id,
    l.sku_id,
    p.supplier_id,
    p.category,
    l.agent_id,
    l.customer_id,
    l.carrier_id,
    l.delivered_on,
    l.age_days,
    cast(d.regret_share as double) as shown_share,
    cast(
        case
            when c.complained_on <= coalesce(l.fault_requested_on, c.complained_on)
                then greatest(date_diff('day', l.delivered_on, c.complained_on), 0)
            when l.fault_requested_on is not null
                then greatest(date_diff('day', l.delivered_on, l.fault_requested_on), 0)
        end as integer
    ) as regret_days,
    l.fault_requested_on is not null or c.order_line_id is not null as is_regretted,
    l.fault_requested_on is not null and l.return_reason in ('damaged', 'spoiled') as is_damaged
from list_lines as l
inner join night.stg_products as p on l.sku_id = p.sku_id
inner join night.int_delay_curve as d
    on p.category = d.category and d.day = least(l.age_days, $horizon_days)
left join night.int_complaints as c on l.order_line_id = c.order_line_id
