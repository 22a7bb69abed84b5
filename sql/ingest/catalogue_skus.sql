-- One row: a SKU of the catalogue, whatever its version.
-- Why: a card of another shop has an id too, and a message must not wait for a SKU that never comes.
select distinct p.sku_id
from source.products as p
order by p.sku_id
