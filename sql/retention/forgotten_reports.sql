-- One row: a message of a customer, or a return of hers with a comment: what a report may quote, by its id.
-- Why: what she wrote may stand in a report, and is taken out of it.
select
    message_id as report_id,
    text
from temp.forgotten_messages
union all
select
    return_id as report_id,
    comment as text
from source.returns
where
    comment is not null
    and order_line_id in (
        select order_line_id
        from temp.forgotten_lines
    )
