-- One row: one buyer who regretted a SKU: day and period of its delivery, and her account: its first week and size.
-- Why: accounts opened together, or that buy as much else, may be one person's; sizes double from one to the next.
with list_regrets as (
    select
        t.sku_id,
        t.customer_id,
        min(t.delivered_on) as delivered_on
    from history.order_line_timeline as t
    left join night.int_complaints as c on t.order_line_id = c.order_line_id
    where
        t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.is_sale
        and t.delivered_on <= $as_of_date
        and (t.fault_requested_on is not null or c.order_line_id is not null)
    group by t.sku_id, t.customer_id
),

list_buyers as (
    select distinct customer_id
    from list_regrets
),

count_lines as (
    select
        t.customer_id,
        t.sku_id,
        min(t.ordered_on) as first_on,
        count(*) as lines
    from history.order_line_timeline as t
    inner join list_buyers as b on t.customer_id = b.customer_id
    where
        t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.is_sale
        and t.delivered_on <= $as_of_date
    group by t.customer_id, t.sku_id
),

describe_accounts as (
    select
        customer_id,
        sku_id,
        min(first_on) over (partition by customer_id) as first_on,
        sum(lines) over (partition by customer_id) - lines as other_lines
    from count_lines
)

select
    r.sku_id,
    r.customer_id,
    r.delivered_on,
    cast(floor(date_diff('day', date '1970-01-01', r.delivered_on) / cast($period_days as double)) as integer)
        as period,
    cast(floor(date_diff('day', date '1970-01-01', a.first_on) / cast(7 as double)) as integer) as first_week,
    case
        when a.other_lines < 1 then 0
        when a.other_lines < 2 then 1
        when a.other_lines < 4 then 2
        when a.other_lines < 8 then 3
        when a.other_lines < 16 then 4
        else 5
    end as account_size
from list_regrets as r
inner join describe_accounts as a on r.customer_id = a.customer_id and r.sku_id = a.sku_id
