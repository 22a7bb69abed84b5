-- One row: a lot of an end-of-line SKU that holds on $list_date, or overlaps with one that does, in the order it is sold.
-- Why: a lot that has ended took its share of what was ordered while both held; the lot that ends first is sold first.
with list_lots as (
    select
        o.sku_id,
        o.offer_id,
        o.offered_units,
        o.valid_from,
        o.valid_until,
        max(o.valid_until) over (
            partition by o.sku_id
            order by o.valid_from, o.valid_until, o.offer_id
            rows between unbounded preceding and 1 preceding
        ) as earlier_until
    from night.stg_supplier_offers as o
    inner join night.stg_products as p on o.sku_id = p.sku_id
    where p.is_clearance and o.offered_units > 0 and o.valid_from <= $list_date
),

number_runs as (
    select
        l.*,
        sum(case when l.valid_from > l.earlier_until then 1 else 0 end) over (
            partition by l.sku_id
            order by l.valid_from, l.valid_until, l.offer_id
            rows between unbounded preceding and current row
        ) as run
    from list_lots as l
),

find_ends as (
    select
        sku_id,
        run
    from number_runs
    group by sku_id, run
    having max(valid_until) >= $list_date
)

select
    n.sku_id,
    n.offer_id,
    n.offered_units,
    n.valid_from,
    n.valid_until
from number_runs as n
inner join find_ends as e on n.sku_id = e.sku_id and n.run = e.run
order by n.sku_id, n.valid_until, n.valid_from, n.offer_id
