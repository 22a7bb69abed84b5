-- One row is a listed SKU's units sold on one of the last days, as known on $as_of_date.
-- A cancelled line or a gift was not sold; days without a sale have no row and are drawn as nothing sold.
select
    t.sku_id,
    t.ordered_on,
    cast(sum(t.quantity) as bigint) as units
from history.order_line_timeline as t
inner join night.sku_list as l on t.sku_id = l.sku_id
where
    t.valid_from <= $as_of_date
    and t.valid_to > $as_of_date
    and t.is_sale
    and t.ordered_on > $first_on
    and t.ordered_on <= $as_of_date
group by t.sku_id, t.ordered_on
