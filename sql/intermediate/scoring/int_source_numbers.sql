-- One row: one SKU, agent or carrier of delivered lines with its key and its number in the order of ids of its kind.
-- Why: who comes anew changes numbers and no keys; what a night adds up, it adds up in the order of numbers.
with list_keys as (
    select sku_key as name_key
    from night.int_sale_lines
    where sku_key >= 0
    group by sku_key
    union all
    select agent_key as name_key
    from night.int_sale_lines
    group by agent_key
    union all
    select carrier_key as name_key
    from night.int_sale_lines
    where carrier_key is not null
    group by carrier_key
)

select
    n.kind,
    n.entity_id,
    n.name_key,
    coalesce(
        p.sku_number, cast(row_number() over (partition by n.kind order by n.entity_id) - 1 as integer)
    ) as source_number
from night.int_line_names as n
inner join list_keys as k on n.name_key = k.name_key
left join night.int_sku_numbers as p on n.kind = 'sku' and n.entity_id = p.sku_id
