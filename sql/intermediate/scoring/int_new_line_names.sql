-- One row: one agent or carrier of judged lines without a key, and the key that it gets.
-- Why: a key stays from night to night, whoever comes: lines that are kept need not be numbered anew.
with list_names as (
    select
        'agent' as kind,
        agent_id as entity_id
    from temp.int_touched_lines
    group by agent_id
    union all
    select
        'carrier' as kind,
        carrier_id as entity_id
    from temp.int_touched_lines
    where carrier_id is not null
    group by carrier_id
),

find_last as (
    select coalesce(max(name_key), -1) as last_key
    from night.int_line_names
)

select
    n.kind,
    n.entity_id,
    cast(f.last_key + row_number() over (order by n.kind, n.entity_id) as integer) as name_key
from list_names as n
cross join find_last as f
left join night.int_line_names as k on n.kind = k.kind and n.entity_id = k.entity_id
where k.name_key is null
