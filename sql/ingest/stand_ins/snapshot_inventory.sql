-- One row changes: a SKU that the newest count of the whole stock at the end of $as_of_date does not have is sold out.
-- DuckDB only: it changes rows in place. A count of under half of the SKUs of the one before it is no whole stock.
with list_states as (
    select
        as_of_date,
        count(distinct sku_id) as counted,
        row_number() over (order by as_of_date desc) as from_newest
    from source.inventory
    where known_on <= $as_of_date
    group by as_of_date
),

find_newest as (
    select
        max(as_of_date) filter (where from_newest = 1) as newest_on,
        max(counted) filter (where from_newest = 1) * 2 >= max(counted) filter (where from_newest = 2) as is_whole
    from list_states
)

update night.stg_inventory
set sellable_units = 0
from find_newest as n
where n.is_whole and stg_inventory.as_of_date < n.newest_on
