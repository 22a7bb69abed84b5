-- One row: the units of an end-of-line SKU ordered on one day, where a lot of it holds on $list_date, as known on $as_of_date.
-- Why: a cancelled order gives its units back to the lot; a returned unit does not go back to the supplier's offer.
with find_starts as (
    select
        o.sku_id,
        min(o.valid_from) as first_from
    from night.stg_supplier_offers as o
    inner join night.stg_products as p on o.sku_id = p.sku_id
    where p.is_clearance and o.offered_units > 0 and o.valid_from <= $list_date
    group by o.sku_id
    having max(o.valid_until) >= $list_date
)

select
    t.sku_id,
    t.ordered_on,
    cast(sum(t.quantity) as bigint) as ordered_units
from history.order_line_timeline as t
inner join find_starts as f on t.sku_id = f.sku_id
where
    t.valid_from <= $as_of_date
    and t.valid_to > $as_of_date
    and t.ordered_on between f.first_from and $as_of_date
    and t.status <> 'cancelled'
group by t.sku_id, t.ordered_on
order by t.sku_id, t.ordered_on
