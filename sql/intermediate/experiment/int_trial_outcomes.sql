-- One row: what one unit's sales of one day had come to $outcome_days later, from the days before the trial on.
-- Why: every day is counted once and at the same age, so that later news does not change what was looked at.
with see_lines as (
    select
        case when $unit_kind = 'sku' then t.sku_id else t.agent_id end as unit_id,
        t.ordered_on,
        t.quantity,
        t.returned_units,
        t.fault_requested_on is not null as is_fault,
        c.order_line_id is not null as is_complaint
    from history.order_line_timeline as t
    left join night.int_complaints as c
        on t.order_line_id = c.order_line_id and date_diff('day', t.ordered_on, c.complained_on) <= $outcome_days
    where
        t.is_sale
        and t.delivered_on is not null
        and t.ordered_on >= $first_on
        and t.ordered_on <= $counted_until
        and date_diff('day', t.ordered_on, t.valid_from) <= $outcome_days
        and date_diff('day', t.ordered_on, t.valid_to) > $outcome_days
)

select
    unit_id,
    ordered_on,
    cast(count(*) as bigint) as delivered_lines,
    cast(sum(quantity) as bigint) as delivered_units,
    cast(sum(returned_units) as bigint) as returned_units,
    cast(sum(case when is_fault or is_complaint then 1 else 0 end) as bigint) as regrets,
    cast(sum(case when is_complaint then 1 else 0 end) as bigint) as complaints
from see_lines
group by unit_id, ordered_on
order by unit_id, ordered_on
