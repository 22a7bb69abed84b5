-- One row: one state of a changed order line, true for as-of dates from valid_from to the day before valid_to.
-- Why: a line is delivered by delivered_at, else by the first version that says so, even if closed after its refund.
with judge_days as (
    select
        v.*,
        d.changed_on,
        d.first_delivered_stamp,
        greatest(v.quantity - coalesce(r.refused_units, 0), 0) as taken_units,
        coalesce(r.returned_units, 0) as returned_units,
        coalesce(r.refund_amount, 0) as refund_amount,
        r.return_requested_on,
        r.fault_requested_on,
        r.return_reason,
        case
            when coalesce(r.refused_units, 0) >= v.quantity then 'cancelled'
            when v.status <> 'cancelled' then v.status
            when v.delivered_on > d.changed_on or not coalesce(r.is_refunded, false) then 'cancelled'
            when v.delivered_on is not null or d.first_delivered_stamp is not null then 'delivered'
            else 'cancelled'
        end as judged
    from temp.int_order_line_days as d
    inner join temp.int_order_line_versions as v
        on d.order_line_id = v.order_line_id and d.version_rank = v.version_rank
    left join temp.int_return_days as r
        on d.order_line_id = r.order_line_id and d.changed_on = r.changed_on
),

describe_days as (
    select
        order_line_id,
        changed_on,
        struct_pack(
            order_id := order_id,
            sku_id := sku_id,
            agent_id := agent_id,
            group_id := group_id,
            customer_id := customer_id,
            carrier_id := carrier_id,
            ordered_at := ordered_at,
            delivered_at := case
                when judged = 'cancelled' then null
                when delivered_on <= changed_on then delivered_at
                when delivered_on is null and judged = 'delivered' then first_delivered_stamp
            end,
            status := judged,
            quantity := taken_units,
            unit_price := unit_price,
            returned_units := least(returned_units, taken_units),
            return_requested_on := return_requested_on,
            fault_requested_on := fault_requested_on,
            return_reason := return_reason,
            -- What was paid back was paid.
            is_sale := judged <> 'cancelled' and greatest(paid_amount, refund_amount) >= least_amount
        ) as line
    from judge_days
),

compare_neighbours as (
    select
        order_line_id,
        changed_on,
        line,
        lag(line) over (partition by order_line_id order by changed_on) as former_line
    from describe_days
),

keep_changes as (
    select
        order_line_id,
        changed_on,
        lead(changed_on) over (partition by order_line_id order by changed_on) as next_changed_on,
        line
    from compare_neighbours
    where line is distinct from former_line
),

-- Most lines of a large drop have one state: nothing of theirs is compared or sorted.
judge_only_states as (
    select
        v.*,
        case when v.quantity = 0 then 'cancelled' else v.status end as judged,
        case when v.status = 'delivered' then coalesce(v.delivered_at, v.updated_at) else v.delivered_at end as came_at
    from temp.int_order_line_versions as v
    where v.is_only_state
),

list_states as (
    select
        order_line_id,
        changed_on as valid_from,
        coalesce(next_changed_on, cast('9999-12-31' as date)) as valid_to,
        line.order_id,
        line.sku_id,
        line.agent_id,
        line.group_id,
        line.customer_id,
        line.carrier_id,
        line.ordered_at,
        line.delivered_at,
        line.status,
        line.quantity,
        line.unit_price,
        line.returned_units,
        line.return_requested_on,
        line.fault_requested_on,
        line.return_reason,
        line.is_sale
    from keep_changes
    union all
    select
        order_line_id,
        known_on as valid_from,
        cast('9999-12-31' as date) as valid_to,
        order_id,
        sku_id,
        agent_id,
        group_id,
        customer_id,
        carrier_id,
        ordered_at,
        case when judged <> 'cancelled' then came_at end as delivered_at,
        judged as status,
        quantity,
        unit_price,
        cast(0 as bigint) as returned_units,
        cast(null as date) as return_requested_on,
        cast(null as date) as fault_requested_on,
        cast(null as varchar) as return_reason,
        judged <> 'cancelled' and paid_amount >= least_amount as is_sale
    from judge_only_states
)

select
    order_line_id,
    valid_from,
    valid_to,
    order_id,
    sku_id,
    agent_id,
    group_id,
    customer_id,
    carrier_id,
    ordered_at,
    cast(ordered_at as date) as ordered_on,
    delivered_at,
    cast(delivered_at as date) as delivered_on,
    status,
    quantity,
    unit_price,
    returned_units,
    return_requested_on,
    fault_requested_on,
    return_reason,
    is_sale
from list_states
