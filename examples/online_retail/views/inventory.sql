-- One product on one day that says something about its stock; the shop states none.
-- On a day of sale: twice what the four weeks up to it sold. Eight weeks without a sale: nothing left.
with daily as (
    select upper(trim(stock_code)) as sku_id, cast(invoice_ts as date) as sold_on, sum(quantity) as units
    from "drop"
    where not is_cancellation and not is_non_product_code and customer_id is not null and quantity > 0
    group by all
),

last_day as (
    select max(sold_on) as day from daily
),

stocked as (
    select
        sku_id,
        sold_on,
        2 * sum(units) over (
            partition by sku_id order by sold_on range between interval 27 days preceding and current row
        ) as units,
        lead(sold_on) over (partition by sku_id order by sold_on) as next_sold_on
    from daily
)

select sku_id, sold_on as as_of_date, units as sellable_units from stocked
union all
select sku_id, cast(sold_on + interval 56 days as date) as as_of_date, 0 as sellable_units
from stocked, last_day
where sold_on + interval 56 days < coalesce(next_sold_on, last_day.day)
