-- One row: one agent or carrier of delivered lines, with its number in the order of ids of its kind.
-- Why: numbers join and group faster than names.
with list_sources as (
    select
        'agent' as kind,
        agent_id as entity_id
    from history.order_line_timeline
    where valid_from <= $as_of_date and valid_to > $as_of_date and is_sale and delivered_on <= $as_of_date
    group by agent_id
    union all
    select
        'carrier' as kind,
        carrier_id as entity_id
    from history.order_line_timeline
    where
        valid_from <= $as_of_date
        and valid_to > $as_of_date
        and is_sale
        and delivered_on <= $as_of_date
        and carrier_id is not null
    group by carrier_id
)

select
    kind,
    entity_id,
    cast(row_number() over (partition by kind order by entity_id) - 1 as integer) as source_number
from list_sources
