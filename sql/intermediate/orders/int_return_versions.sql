-- One row: one version of a return, for each changed order line that any version names; is_here where it stands there.
-- Why: withdrawn, denied or moved to another line it no longer counts here; refused at the door it is no return.
with name_returns as (
    select distinct
        c.order_line_id,
        r.return_id
    from temp.int_changed_order_lines as c
    inner join source.returns as r on c.order_line_id = r.order_line_id
),

read_versions as (
    select
        n.order_line_id,
        r.return_id,
        greatest(r.known_on, cast(r.requested_at as date)) as effective_on,
        r.updated_at,
        r.row_hash,
        coalesce(
            r.order_line_id = n.order_line_id and coalesce(r.state, 'requested') in ('requested', 'done'), false
        ) as is_here,
        r.requested_at,
        cast(r.quantity as bigint) as quantity,
        r.refund_amount,
        r.reason_code,
        array_contains($fault_reasons, r.reason_code) as is_fault,
        coalesce(r.kind, 'return') as kind
    from name_returns as n
    inner join source.returns as r on n.return_id = r.return_id
)

select
    order_line_id,
    return_id,
    effective_on,
    updated_at,
    row_hash,
    is_here,
    requested_at,
    cast(requested_at as date) as requested_on,
    quantity,
    refund_amount,
    reason_code,
    is_fault,
    kind = 'refused_delivery' as is_refusal,
    kind in ('return', 'exchange') or (kind = 'refund_only' and is_fault) as is_return
from read_versions
