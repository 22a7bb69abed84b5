-- One row: how many SKUs of the catalogue are bundles of others.
-- Why: where none is, order lines need not be spread, and a large batch of them is not held twice.
select cast(count(*) as bigint) as bundles
from source.products
where array_length(bundle_parts) > 0
