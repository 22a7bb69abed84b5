-- One row changes: a SKU of files that are the whole state on their day, as the newest one at the end of $as_of_date says.
-- DuckDB only: it changes rows in place. Who is in it no more is gone, unless it has under half of the state before it.
with list_states as (
    select
        updated_at,
        count(distinct sku_id) as listed,
        row_number() over (order by updated_at desc) as from_newest
    from source.products
    where known_on <= $as_of_date and cast(updated_at as time) = cast($end_of_day as time)
    group by updated_at
),

find_newest as (
    select
        max(updated_at) filter (where from_newest = 1) as newest_at,
        max(listed) filter (where from_newest = 1) * 2 >= max(listed) filter (where from_newest = 2) as is_whole
    from list_states
),

find_first as (
    select
        sku_id,
        min(launched_on) as first_on
    from source.products
    where
        known_on <= $as_of_date
        and cast(updated_at as time) = cast($end_of_day as time)
        and launched_on = cast(updated_at as date)
    group by sku_id
)

update night.stg_products as p
set
    launched_on = case
        when k.launched_on = cast(k.updated_at as date) then coalesce(f.first_on, k.launched_on)
        else k.launched_on
    end,
    status = case when n.is_whole and k.updated_at < n.newest_at then 'withdrawn' else k.status end
from night.stg_products as k
cross join find_newest as n
left join find_first as f on k.sku_id = f.sku_id
where p.sku_id = k.sku_id
