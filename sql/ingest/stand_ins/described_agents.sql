-- One row: an agent with her first and her last order at the end of $as_of_date.
-- Why: of an agent known from order lines alone, they say all that is known.
select
    agent_id,
    min(ordered_on) as first_on,
    max(ordered_on) as last_on
from history.order_line_timeline
where valid_from <= $as_of_date and valid_to > $as_of_date
group by agent_id
