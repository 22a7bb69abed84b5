-- One row: one SKU with the units that are taken to be in stock at the end of $as_of_date, where no figures come.
-- Why: no figure means nothing to sell; sales of the best day since $stock_from say what the supply has borne.
with add_days as (
    select
        sku_id,
        ordered_on,
        sum(quantity) as units
    from history.order_line_timeline
    where
        valid_from <= $as_of_date
        and valid_to > $as_of_date
        and ordered_on > $stock_from
        and ordered_on <= $as_of_date
        and status <> 'cancelled'
    group by sku_id, ordered_on
),

find_best as (
    select
        sku_id,
        max(units) as best_units
    from add_days
    group by sku_id
)

select
    p.sku_id,
    cast($as_of_date as date) as as_of_date,
    cast(greatest(ceil(coalesce(b.best_units, 0) * cast($stock_ratio as double)), $stock_units) as bigint)
        as sellable_units
from night.stg_products as p
left join find_best as b on p.sku_id = b.sku_id
order by p.sku_id
