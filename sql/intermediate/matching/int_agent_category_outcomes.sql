-- One row: one agent and category with the units that her customers got and kept in the history window.
-- Why: this is the evidence that a match quotes to her, whichever SKUs of the category they were.
with number_categories as (
    select
        category,
        cast(row_number() over (order by category) as integer) as category_number
    from night.stg_products
    group by category
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
    having sum(d.delivered_units) > 0
)

select
    a.agent_id,
    n.category,
    cast(a.delivered_units as bigint) as delivered_units,
    cast(a.returned_units as bigint) as returned_units
from add_units as a
inner join number_categories as n on a.category_number = n.category_number
