-- One row: one SKU that would be on a best-seller list of the same length, by list date and days looked back.
-- Why: the list has to cover more of the day's sales than what sold best before; only orders known then count.
with list_windows as (
    select 1 as window_days
    union all
    select 7 as window_days
    union all
    select 28 as window_days
),

list_sizes as (
    select
        list_date,
        count(*) as list_size
    from night.backtest_list
    group by list_date
),

list_sold as (
    select
        d.list_date,
        w.window_days,
        t.sku_id,
        count(*) as lines
    from list_sizes as d
    cross join list_windows as w
    inner join history.order_line_timeline as t
        on
            d.list_date > t.valid_from
            and d.list_date <= t.valid_to
            and d.list_date > t.ordered_on
            and cast(d.list_date - w.window_days * interval 1 day as date) <= t.ordered_on
    where t.is_sale
    group by d.list_date, w.window_days, t.sku_id
),

rank_sold as (
    select
        list_date,
        window_days,
        sku_id,
        row_number() over (partition by list_date, window_days order by lines desc, sku_id asc) as place
    from list_sold
)

select
    r.list_date,
    r.window_days,
    r.sku_id
from rank_sold as r
inner join list_sizes as s on r.list_date = s.list_date
where r.place <= s.list_size
