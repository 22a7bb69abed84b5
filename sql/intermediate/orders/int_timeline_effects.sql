-- One row: one day on which a state of a changed order line starts (weight 1) or ends (weight -1) to count.
-- Why: states that the night replaces come with the sign turned, so adding all effects takes the old ones back.
with sign_states as (
    select
        cast(1 as bigint) as weight,
        valid_from,
        valid_to,
        sku_id,
        agent_id,
        ordered_on,
        delivered_on,
        quantity,
        returned_units,
        return_requested_on,
        fault_requested_on
    from night.int_order_line_timeline
    where status <> 'cancelled'
    union all
    select
        cast(-1 as bigint) as weight,
        t.valid_from,
        t.valid_to,
        t.sku_id,
        t.agent_id,
        t.ordered_on,
        t.delivered_on,
        t.quantity,
        t.returned_units,
        t.return_requested_on,
        t.fault_requested_on
    from history.order_line_timeline as t
    inner join night.int_changed_order_lines as c on t.order_line_id = c.order_line_id
    where t.status <> 'cancelled'
)

select
    valid_from as known_on,
    weight,
    sku_id,
    agent_id,
    ordered_on,
    delivered_on,
    quantity,
    returned_units,
    return_requested_on,
    fault_requested_on
from sign_states
union all
select
    valid_to as known_on,
    -weight as weight,
    sku_id,
    agent_id,
    ordered_on,
    delivered_on,
    quantity,
    returned_units,
    return_requested_on,
    fault_requested_on
from sign_states
where valid_to < cast('9999-12-31' as date)
