-- One row: one day on which a state of a changed order line starts (weight 1) or ends (weight -1) to count.
-- Why: states that the night replaces come with the sign turned, so adding all effects takes the old ones back.
with sign_states as (
    select
        cast(1 as bigint) as weight,
        valid_from,
        valid_to,
        customer_id,
        sku_id,
        agent_id,
        ordered_on,
        delivered_on,
        quantity,
        returned_units,
        return_requested_on,
        fault_requested_on
    from temp.int_order_line_timeline
    where is_sale
    union all
    select
        cast(-1 as bigint) as weight,
        t.valid_from,
        t.valid_to,
        t.customer_id,
        t.sku_id,
        t.agent_id,
        t.ordered_on,
        t.delivered_on,
        t.quantity,
        t.returned_units,
        t.return_requested_on,
        t.fault_requested_on
    from history.order_line_timeline as t
    inner join temp.int_changed_order_lines as c on t.order_line_id = c.order_line_id
    where t.is_sale and t.order_line_id >= $first_line and t.order_line_id <= $last_line
),

list_ends as (
    select cast(1 as bigint) as sign
    union all
    select cast(-1 as bigint) as sign
)

select
    case when e.sign = 1 then s.valid_from else s.valid_to end as known_on,
    s.weight * e.sign as weight,
    s.customer_id,
    s.sku_id,
    s.agent_id,
    s.ordered_on,
    s.delivered_on,
    s.quantity,
    s.returned_units,
    s.return_requested_on,
    s.fault_requested_on
from sign_states as s
cross join list_ends as e
where e.sign = 1 or s.valid_to < cast('9999-12-31' as date)
