-- One row changes: a SKU known from order lines alone, by what they say of it at the end of $as_of_date.
-- DuckDB only: it changes rows in place. Its price is that of the last sale; not sold since $quiet_on, it is off sale.
update night.stg_products as p
set
    list_price = coalesce(s.last_price, p.list_price),
    launched_on = coalesce(s.first_on, p.launched_on),
    status = case when s.last_on > $quiet_on then 'active' else 'paused' end
from night.stg_products as k
left join temp.described_products as s on k.sku_id = s.sku_id
where p.sku_id = k.sku_id
