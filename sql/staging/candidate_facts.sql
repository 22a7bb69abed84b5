-- One row: how many SKUs are known, why others than the candidates may not be sold on $list_date, and who has stock.
-- Why: a night that has nothing to list says what it lacks; a SKU counts for its first reason alone.
with judge_skus as (
    select
        p.launched_on,
        case
            when p.status <> 'active' then 'withdrawn'
            when p.launched_on > $list_date then 'to_come'
            when c.sku_id is null then 'out_of_season'
            when c.sellable_units > 0 or c.offer_code is not null then 'in_stock'
            else 'sold_out'
        end as judged
    from night.stg_products as p
    left join night.int_candidates as c on p.sku_id = c.sku_id
)

select
    cast(count(*) as bigint) as known,
    cast(count(*) filter (where judged in ('in_stock', 'sold_out')) as bigint) as candidates,
    cast(count(*) filter (where judged = 'in_stock') as bigint) as in_stock,
    cast(count(*) filter (where judged = 'withdrawn') as bigint) as withdrawn,
    cast(count(*) filter (where judged = 'to_come') as bigint) as to_come,
    cast(count(*) filter (where judged = 'out_of_season') as bigint) as out_of_season,
    min(launched_on) filter (where judged = 'to_come') as first_launch_on,
    (select min(known_on) from source.products) as first_known_on,
    (select max(as_of_date) from night.stg_inventory) as newest_count_on
from judge_skus
