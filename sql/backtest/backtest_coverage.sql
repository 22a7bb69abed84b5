-- One row: one list date with its order lines and how many of them our list and each best-seller list held.
-- Why: what agents sold is the only evidence of what they would have looked for.
with list_lines as (
    select
        l.list_date,
        l.order_line_id,
        cast(max(case when o.sku_id is not null then 1 else 0 end) as bigint) as listed,
        cast(max(case when b.window_days = 1 then 1 else 0 end) as bigint) as best_1,
        cast(max(case when b.window_days = 7 then 1 else 0 end) as bigint) as best_7,
        cast(max(case when b.window_days = 28 then 1 else 0 end) as bigint) as best_28
    from night.backtest_lines as l
    left join night.backtest_list as o on l.list_date = o.list_date and l.sku_id = o.sku_id
    left join night.backtest_best_sellers as b on l.list_date = b.list_date and l.sku_id = b.sku_id
    group by l.list_date, l.order_line_id
)

select
    list_date,
    cast(count(*) as bigint) as order_lines,
    cast(sum(listed) as bigint) as listed_lines,
    cast(sum(best_1) as bigint) as best_1_lines,
    cast(sum(best_7) as bigint) as best_7_lines,
    cast(sum(best_28) as bigint) as best_28_lines
from list_lines
group by list_date
