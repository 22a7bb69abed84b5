-- One row: delivered lines of the platform by what came back and what was said of them, recently and in all.
-- Why: who sent goods back for a fault should have complained, who sent them back for size should not; that is the ear.
with list_heard as (
    select distinct order_line_id
    from night.int_window_mentions
    where kind = 'feedback' and order_line_id is not null
),

list_lines as (
    select
        t.order_line_id,
        date_diff('day', t.ordered_on, t.delivered_on) as transit_days,
        t.fault_requested_on is not null as is_fault,
        t.fault_requested_on is null and t.return_requested_on is not null as is_plain,
        t.return_requested_on is null and c.order_line_id is null as is_kept,
        c.order_line_id is not null as is_flagged,
        h.order_line_id is not null as is_heard
    from history.order_line_timeline as t
    left join night.int_complaints as c on t.order_line_id = c.order_line_id
    left join list_heard as h on t.order_line_id = h.order_line_id
    where
        t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.status <> 'cancelled'
        and t.delivered_on <= $as_of_date
        and t.delivered_on > $first_on
)

select
    count(*) as lines,
    count(*) filter (where is_fault) as fault_lines,
    count(*) filter (where is_flagged and not is_fault) as only_complained,
    count(*) filter (where is_fault and is_heard) as heard_faults,
    count(*) filter (where is_fault and is_heard and is_flagged) as flagged_faults,
    count(*) filter (where is_plain) as plain_returns,
    count(*) filter (where is_plain and is_flagged) as flagged_plain,
    count(*) filter (where is_plain and is_heard and not is_flagged) as heard_plain,
    count(*) filter (where is_kept) as kept_lines,
    count(*) filter (where is_kept and is_heard) as heard_kept,
    cast(coalesce(sum(transit_days), 0) as bigint) as transit_days
from list_lines
