-- One row: one group in which an agent owns new order lines of one drop, known from the day on which the first is.
-- DuckDB only: temporary tables exist in one engine alone. A group that changes hands has a row for each agent.
select
    group_id,
    agent_id,
    0 as member_count,
    cast(min(greatest(ordered_at, updated_at)) as date) as opened_on,
    min(greatest(ordered_at, updated_at)) as updated_at
from temp.incoming
where
    drop_fault is null
    and group_id <> ''
    and agent_id <> ''
    and order_line_id is not null
    and ordered_at is not null
    and updated_at is not null
group by drop_path, group_id, agent_id
order by group_id, agent_id, updated_at
