-- One row: one agent who owns new order lines of one drop, known from the day on which the first of them is.
-- DuckDB only: temporary tables exist in one engine alone. Her orders say who she is; staging says how she stands.
select
    agent_id,
    cast(min(greatest(ordered_at, updated_at)) as date) as joined_on,
    'active' as status,
    cast([] as varchar[]) as categories_wanted,
    cast([] as varchar[]) as categories_excluded,
    cast([] as varchar[]) as style_tags,
    cast([] as varchar[]) as series_tags,
    1 as daily_slots,
    min(greatest(ordered_at, updated_at)) as updated_at
from temp.incoming
where
    drop_fault is null
    and agent_id <> ''
    and order_line_id is not null
    and ordered_at is not null
    and updated_at is not null
group by drop_path, agent_id
order by agent_id, updated_at
