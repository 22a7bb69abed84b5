-- One row: one version of a return, for each changed order line that any version of that return names.
-- Why: is_here is false on a version that names another line: from then on the return no longer counts here.
with name_returns as (
    select distinct
        c.order_line_id,
        r.return_id
    from night.int_changed_order_lines as c
    inner join source.returns as r on c.order_line_id = r.order_line_id
)

select
    n.order_line_id,
    r.return_id,
    greatest(r.known_on, cast(r.requested_at as date)) as effective_on,
    r.updated_at,
    r.row_hash,
    coalesce(r.order_line_id = n.order_line_id, false) as is_here,
    r.requested_at,
    cast(r.requested_at as date) as requested_on,
    cast(r.quantity as bigint) as quantity,
    r.reason_code,
    r.reason_code in ('quality', 'not_as_described', 'damaged', 'spoiled') as is_fault
from name_returns as n
inner join source.returns as r on n.return_id = r.return_id
