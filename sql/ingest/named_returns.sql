-- One row: an offered return that names its line and its units, as it says.
-- DuckDB only: temporary tables exist in one engine alone; the order that is named beside a line says nothing more.
select
    o.* exclude (order_id, cleaned_ids),
    cast(null as varchar) as order_id,
    case
        when o.cleaned_ids <> ['order_id'] then list_filter(o.cleaned_ids, lambda name: name <> 'order_id')
    end as cleaned_ids
from temp.offered as o
