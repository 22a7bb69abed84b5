-- One row: a group with its first order and its buyers at the end of $as_of_date.
-- Why: of a group known from order lines alone, they say all that is known.
select
    group_id,
    min(ordered_on) as first_on,
    count(distinct customer_id) as buyers
from history.order_line_timeline
where valid_from <= $as_of_date and valid_to > $as_of_date and group_id is not null
group by group_id
