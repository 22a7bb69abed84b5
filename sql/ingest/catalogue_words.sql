-- One row: a title, brand, category or tag under which customers may speak of a SKU.
-- Why: a nickname that is one of these words is redacted only where a person is meant.
select distinct p.title as word from source.products as p
union
select distinct p.brand as word
from source.products as p
where p.brand is not null
union
select distinct p.category as word from source.products as p
order by word
