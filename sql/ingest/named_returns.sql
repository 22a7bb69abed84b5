-- One row: an offered return that names its line and its units, as it says.
-- Why: the order that is named beside a line says nothing more, nor how its id was written.
select
    o.return_id,
    o.order_line_id,
    o.requested_at,
    o.quantity,
    o.reason_code,
    o.refund_amount,
    o.comment,
    o.kind,
    o.state,
    cast(null as varchar) as order_id,
    o.updated_at,
    o.drop_path,
    o.drop_row,
    o.held_seq,
    case when list_contains(o.cleaned_ids, 'order_line_id') then ['order_line_id'] end as cleaned_ids
from temp.offered as o
