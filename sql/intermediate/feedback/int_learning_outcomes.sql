-- One row: one message about a line of its own writer that has since been kept or sent back for a fault.
-- Why: what a buyer does afterwards is a noisy label of her message; a line is kept once $kept_days have passed.
select
    m.message_id,
    min(case when l.fault_requested_on is null then 1 else 0 end) as was_kept
from history.mentions as m
inner join history.order_line_timeline as l
    on m.order_line_id = l.order_line_id and l.valid_from <= $as_of_date and $as_of_date < l.valid_to
where
    m.known_on <= $as_of_date
    and l.is_sale
    and m.kind = 'feedback'
    and m.attribution_confidence >= $complaint_confidence
    and (
        l.fault_requested_on is not null
        or (
            l.return_requested_on is null
            and l.delivered_on <= cast($as_of_date - cast($kept_days as integer) * interval 1 day as date)
        )
    )
group by m.message_id
