-- One row: delivered lines of the platform by what came back and what buyers wrote about them.
-- Why: who sent a SKU back for a fault should have complained, who for size should not; only while returns are believed.
with list_feedback as (
    select
        order_line_id,
        cast(sum(cast(satisfaction as decimal(18, 6))) as double) / nullif(count(satisfaction), 0) as satisfaction
    from night.int_window_mentions
    where kind = 'feedback' and order_line_id is not null and sent_on <= $believed_on
    group by order_line_id
),

list_lines as (
    select
        t.order_line_id,
        greatest(least(date_diff('day', t.ordered_on, t.delivered_on), $horizon_days), 0) as transit_days,
        t.fault_requested_on is not null as is_fault,
        t.fault_requested_on is null and t.return_requested_on is not null as is_plain,
        t.return_requested_on is null and c.order_line_id is null as is_kept,
        c.order_line_id is not null as has_complaint,
        h.order_line_id is not null as has_feedback,
        coalesce(h.satisfaction >= $happy_from, false) as reads_happy
    from history.order_line_timeline as t
    left join night.int_complaints as c on t.order_line_id = c.order_line_id and c.complained_on <= $believed_on
    left join list_feedback as h on t.order_line_id = h.order_line_id
    where
        t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.is_sale
        and t.delivered_on <= $believed_on
        and t.delivered_on > $first_on
)

select
    count(*) as lines,
    count(*) filter (where is_fault) as fault_lines,
    count(*) filter (where has_complaint and not is_fault) as only_complained,
    count(*) filter (where is_fault and has_feedback) as faults_with_feedback,
    count(*) filter (where is_fault and has_feedback and has_complaint) as faults_with_complaint,
    count(*) filter (where is_plain) as plain_returns,
    count(*) filter (where is_plain and has_complaint) as plain_with_complaint,
    count(*) filter (where is_plain and has_feedback and not has_complaint) as plain_with_feedback,
    count(*) filter (where is_plain and reads_happy and not has_complaint) as plain_read_happy,
    count(*) filter (where is_kept) as kept_lines,
    count(*) filter (where is_kept and has_feedback) as kept_with_feedback,
    cast(coalesce(sum(transit_days), 0) as bigint) as transit_days
from list_lines
