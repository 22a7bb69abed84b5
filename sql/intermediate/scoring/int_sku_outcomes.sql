-- One row: lines of one SKU delivered on one day that showed one kind of bad outcome after one delay.
-- Why: a complaint makes its line regretted once, at the first sign; a later fault return of that line is taken back.
with list_complaint_lines as (
    select
        t.order_line_id,
        t.sku_id,
        t.delivered_on,
        cast(greatest(date_diff('day', t.delivered_on, c.complained_on), 0) as integer) as complaint_days,
        cast(date_diff('day', t.delivered_on, t.fault_requested_on) as integer) as fault_days
    from night.int_complaints as c
    inner join history.order_line_timeline as t
        on c.order_line_id = t.order_line_id
    where
        t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.is_sale
        and t.delivered_on <= $as_of_date
        and c.complained_on <= $as_of_date
),

list_outcomes as (
    select
        'return' as metric,
        sku_id,
        delivered_on,
        delay_days,
        returned_lines as lines
    from night.int_sku_daily
    where delay_days is not null and returned_lines <> 0
    union all
    select
        'regret' as metric,
        sku_id,
        delivered_on,
        delay_days,
        fault_lines as lines
    from night.int_sku_daily
    where delay_days is not null and fault_lines <> 0
    union all
    select
        'regret' as metric,
        sku_id,
        delivered_on,
        complaint_days as delay_days,
        1 as lines
    from list_complaint_lines
    where fault_days is null or fault_days > complaint_days
    union all
    select
        'regret' as metric,
        sku_id,
        delivered_on,
        greatest(fault_days, 0) as delay_days,
        -1 as lines
    from list_complaint_lines
    where fault_days > complaint_days
    union all
    select
        'complaint' as metric,
        sku_id,
        delivered_on,
        complaint_days as delay_days,
        1 as lines
    from list_complaint_lines
)

select
    metric,
    sku_id,
    delivered_on,
    delay_days,
    cast(sum(lines) as bigint) as lines
from list_outcomes
group by metric, sku_id, delivered_on, delay_days
having sum(lines) <> 0
