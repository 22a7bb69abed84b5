-- One row: one recently delivered order line with who delivered, posted and bought it, and whether it is regretted so far.
-- Why: only the last $fault_days days are searched for outlier sources, so the cost of a night does not grow with history.
select
    t.sku_id,
    t.agent_id,
    t.customer_id,
    t.carrier_id,
    t.delivered_on,
    cast(date_diff('day', t.delivered_on, $as_of_date) as integer) as age_days,
    cast(d.regret_share as double) as shown_share,
    coalesce(w.weight, cast(1 as decimal(4, 3))) as weight,
    cast(
        case
            when c.complained_on <= coalesce(t.fault_requested_on, c.complained_on)
                then greatest(date_diff('day', t.delivered_on, c.complained_on), 0)
            when t.fault_requested_on is not null
                then greatest(date_diff('day', t.delivered_on, t.fault_requested_on), 0)
        end as integer
    ) as regret_days,
    t.fault_requested_on is not null or c.order_line_id is not null as is_regretted,
    t.fault_requested_on is not null and t.return_reason in ('damaged', 'spoiled') as is_damaged
from history.order_line_timeline as t
inner join night.int_sku_numbers as p on t.sku_id = p.sku_id
inner join night.int_number_curve as d
    on
        p.category_number = d.category_number
        and d.day = cast(least(date_diff('day', t.delivered_on, $as_of_date), $horizon_days) as integer)
left join night.int_complaints as c on t.order_line_id = c.order_line_id
left join night.int_witness_lines as w on t.order_line_id = w.order_line_id
where
    t.valid_from <= $as_of_date
    and t.valid_to > $as_of_date
    and t.is_sale
    and t.delivered_on <= $as_of_date
    and t.delivered_on > $first_on
order by t.order_line_id
