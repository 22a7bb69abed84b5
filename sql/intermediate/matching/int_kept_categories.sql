-- One row: one agent and category of which her groups got at least $quoted_units units, with what they returned of them.
-- Why: matches and alternates quote it; of all categories, as it is read before the list is chosen.
with list_categories as (
    select distinct category
    from night.stg_products
),

number_categories as (
    select
        category,
        cast(row_number() over (order by category) as integer) as category_number
    from list_categories
),

number_skus as (
    select
        p.sku_id,
        n.category_number
    from night.stg_products as p
    inner join number_categories as n on p.category = n.category
),

add_units as (
    select
        d.agent_id,
        n.category_number,
        sum(d.delivered_units) as delivered_units,
        sum(d.returned_units) as returned_units
    from night.int_agent_daily as d
    inner join number_skus as n on d.sku_id = n.sku_id
    group by d.agent_id, n.category_number
    having sum(d.delivered_units) >= $quoted_units
)

select
    u.agent_id,
    n.category,
    cast(u.delivered_units as bigint) as delivered_units,
    cast(u.returned_units as bigint) as returned_units
from add_units as u
inner join number_categories as n on u.category_number = n.category_number
