-- One row: one order line of a list date, with what had become of it by the day from which the back-test looks.
-- Why: a young line shows only a share of its returns and regrets; the delay curve says how much of each it counts.
with list_lines as (
    select
        t.ordered_on,
        t.order_line_id,
        t.agent_id,
        t.sku_id,
        t.quantity,
        t.returned_units,
        t.delivered_on,
        coalesce(t.delivered_on <= $judged_on, false) as is_delivered,
        coalesce(t.return_requested_on <= $judged_on, false) as is_returned,
        coalesce(t.fault_requested_on <= $judged_on, c.complained_on <= $judged_on, false) as is_regretted
    from history.order_line_timeline as t
    left join night.int_complaints as c on t.order_line_id = c.order_line_id
    where
        t.valid_from <= $judged_on
        and t.valid_to > $judged_on
        and t.ordered_on between $first_list_date and $last_list_date
        and t.is_sale
)

select
    l.ordered_on as list_date,
    l.order_line_id,
    l.agent_id,
    l.sku_id,
    cast(l.quantity - l.returned_units as bigint) as kept_units,
    l.is_returned,
    l.is_regretted,
    cast(case when l.is_delivered then coalesce(d.return_share, 0) else 0 end as double) as return_exposure,
    cast(case when l.is_delivered then coalesce(d.regret_share, 0) else 0 end as double) as regret_exposure
from list_lines as l
left join night.stg_products as p on l.sku_id = p.sku_id
left join night.int_delay_curve as d
    on
        p.category = d.category
        and d.day = cast(least(date_diff('day', l.delivered_on, $judged_on), $horizon_days) as integer)
