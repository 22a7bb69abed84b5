-- One row changes: a group known from order lines alone, by what they say of it at the end of $as_of_date.
-- DuckDB only: it changes rows in place. Its buyers are the members that are known.
with describe_groups as (
    select
        group_id,
        min(ordered_on) as first_on,
        count(distinct customer_id) as buyers
    from history.order_line_timeline
    where valid_from <= $as_of_date and valid_to > $as_of_date and group_id is not null
    group by group_id
)

update night.stg_groups as g
set
    member_count = coalesce(d.buyers, 0),
    opened_on = coalesce(d.first_on, g.opened_on)
from night.stg_groups as k
left join describe_groups as d on k.group_id = d.group_id
where g.group_id = k.group_id
