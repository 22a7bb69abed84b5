-- One row: one SKU that an agent without posts may have posted on one day, since it sold within $pool_days of it.
-- Why: the day's pool is dealt into samples of equal size, so that all its SKUs are sampled equally often.
with number_products as (
    select
        sku_id,
        cast(row_number() over (order by sku_id) - 1 as integer) as product_row,
        cast(row_number() over (order by md5(sku_id), sku_id) as integer) as place
    from night.stg_products
),

list_sold as (
    select distinct
        s.ordered_on,
        p.product_row,
        p.place
    from night.int_unposted_sales as s
    inner join number_products as p on s.sku_id = p.sku_id
),

list_pool as (
    select distinct
        d.ordered_on,
        s.product_row,
        s.place
    from (select distinct ordered_on from list_sold) as d
    inner join list_sold as s
        on
            d.ordered_on >= s.ordered_on
            and s.ordered_on > cast(d.ordered_on - cast($pool_days as integer) * interval 1 day as date)
),

count_pool as (
    select
        ordered_on,
        count(*) as pool_skus,
        cast(greatest(floor(count(*) / cast($sampled_skus as double)), 1) as bigint) as samples
    from list_pool
    group by ordered_on
)

select
    o.ordered_on,
    o.product_row,
    c.pool_skus,
    c.samples,
    (
        row_number() over (partition by o.ordered_on order by o.place)
        + 7919 * date_diff('day', cast('2000-01-01' as date), o.ordered_on)
    ) % nullif(c.samples, 0) as sample
from list_pool as o
inner join count_pool as c on o.ordered_on = c.ordered_on
