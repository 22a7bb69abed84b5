-- One row: a title of a SKU with the days, counted from 1970, on which a run may read it: since <= day < until.
-- Why: numbers compare faster than dates where every message is held against every title.
select
    sku_id,
    title,
    cast(date_diff('day', date '1970-01-01', valid_from) as bigint) as since,
    cast(date_diff('day', date '1970-01-01', valid_to) as bigint) as until
from night.int_title_versions
where title is not null
order by sku_id, valid_from
