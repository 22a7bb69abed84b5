-- One row changes: a group known from order lines alone, by what they say of it at the end of $as_of_date.
-- DuckDB only: it changes rows in place. Its buyers are the members that are known.
update night.stg_groups as g
set
    member_count = coalesce(d.buyers, 0),
    opened_on = coalesce(d.first_on, g.opened_on)
from night.stg_groups as k
left join temp.described_groups as d on k.group_id = d.group_id
where g.group_id = k.group_id
