-- One row: one of the $levels (kind of source and number, a buyer's is her key) with the id behind it.
-- Why: lines carry numbers; only the few sources that are named need their ids again.
with list_levels as (
    select
        cast(u.level.kind as varchar) as kind,
        cast(u.level.number as integer) as level_number
    from unnest($levels) as u (level)
)

select
    l.kind,
    l.level_number,
    n.entity_id
from list_levels as l
inner join night.int_source_numbers as n on l.kind = n.kind and l.level_number = n.source_number
union all
select
    l.kind,
    l.level_number,
    b.customer_id as entity_id
from list_levels as l
inner join night.int_buyers as b on l.level_number = b.customer_key
where l.kind = 'customer'
