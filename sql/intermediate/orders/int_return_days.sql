-- One row: one changed order line on one change day, with the returns that were known and requested by then.
-- Why: the reason of a line is that of its first fault, else of its first return: a fault outweighs a wrong size.
with pick_newest as (
    select
        d.order_line_id,
        d.changed_on,
        v.return_id,
        v.is_here,
        v.requested_at,
        v.requested_on,
        v.quantity,
        v.refund_amount,
        v.reason_code,
        v.is_fault,
        v.is_refusal,
        v.is_return
    from temp.int_order_line_days as d
    inner join temp.int_return_versions as v
        on d.order_line_id = v.order_line_id and d.changed_on >= v.effective_on
    qualify
        row_number() over (
            partition by d.order_line_id, d.changed_on, v.return_id
            order by v.updated_at desc, v.row_hash desc
        ) = 1
),

rank_reasons as (
    select
        order_line_id,
        changed_on,
        requested_on,
        quantity,
        refund_amount,
        reason_code,
        is_fault,
        is_refusal,
        is_return,
        row_number() over (
            partition by order_line_id, changed_on
            order by is_return desc, is_fault desc, requested_at, return_id
        ) as reason_rank
    from pick_newest
    where is_here
)

select
    order_line_id,
    changed_on,
    cast(coalesce(sum(quantity) filter (where is_return), 0) as bigint) as returned_units,
    cast(coalesce(sum(quantity) filter (where is_refusal), 0) as bigint) as refused_units,
    cast(sum(refund_amount) as decimal(18, 2)) as refund_amount,
    count(*) filter (where not is_refusal) > 0 as is_refunded,
    min(requested_on) filter (where is_return) as return_requested_on,
    min(requested_on) filter (where is_return and is_fault) as fault_requested_on,
    max(reason_code) filter (where is_return and reason_rank = 1) as return_reason
from rank_reasons
group by order_line_id, changed_on
