-- One row: one state of a changed order line, true for as-of dates from valid_from to the day before valid_to.
-- Why: a line is delivered by delivered_at, else by the first version that says so, even if closed after its refund.
with judge_days as (
    select
        v.*,
        d.changed_on,
        d.is_only_day,
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
    union all
    select
        v.*,
        v.known_on as changed_on,
        true as is_only_day,
        case when v.status = 'delivered' then v.updated_at end as first_delivered_stamp,
        v.quantity as taken_units,
        cast(0 as bigint) as returned_units,
        cast(0 as decimal(18, 2)) as refund_amount,
        cast(null as date) as return_requested_on,
        cast(null as date) as fault_requested_on,
        cast(null as varchar) as return_reason,
        case when v.quantity = 0 then 'cancelled' else v.status end as judged
    from temp.int_order_line_versions as v
    where v.is_only_state
),

describe_days as (
    select
        order_line_id,
        changed_on,
        is_only_day,
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
            -- Under 0.10 a unit nothing was sold: a gift, a sample, an order for one fen. What was paid back was paid.
            is_sale := judged <> 'cancelled'
            and greatest(paid_amount, refund_amount) >= cast(0.10 as decimal(18, 2)) * quantity
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
    where not is_only_day
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

-- Most lines of a large drop changed on one day alone: nothing of theirs is compared or sorted.
list_states as (
    select
        order_line_id,
        changed_on,
        next_changed_on,
        line
    from keep_changes
    union all
    select
        order_line_id,
        changed_on,
        cast(null as date) as next_changed_on,
        line
    from describe_days
    where is_only_day
)

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
    cast(line.ordered_at as date) as ordered_on,
    line.delivered_at,
    cast(line.delivered_at as date) as delivered_on,
    line.status,
    line.quantity,
    line.unit_price,
    line.returned_units,
    line.return_requested_on,
    line.fault_requested_on,
    line.return_reason,
    line.is_sale
from list_states
