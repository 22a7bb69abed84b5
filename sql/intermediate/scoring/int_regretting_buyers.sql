-- One row: one buyer who regretted a SKU: day and period of its delivery, and her account: its first week and size.
-- Why: accounts opened together, or that buy as much else, may be one person's; sizes double from one to the next.
with list_regrets as (
    select
        sku_number,
        customer_number,
        min(delivered_on) as delivered_on,
        min(period) as period
    from temp.int_sale_lines
    where is_regretted
    group by sku_number, customer_number
),

count_lines as (
    select
        l.sku_number,
        l.customer_number,
        count(*) as lines
    from temp.int_sale_lines as l
    inner join list_regrets as r on l.sku_number = r.sku_number and l.customer_number = r.customer_number
    group by l.sku_number, l.customer_number
),

describe_accounts as (
    select
        r.sku_number,
        r.customer_number,
        r.delivered_on,
        r.period,
        b.first_on,
        b.lines - l.lines as other_lines
    from list_regrets as r
    inner join count_lines as l on r.sku_number = l.sku_number and r.customer_number = l.customer_number
    inner join night.int_buyers as b on r.customer_number = b.customer_number
)

select
    n.sku_id,
    a.customer_number,
    a.delivered_on,
    a.period,
    cast(floor(date_diff('day', date '1970-01-01', a.first_on) / cast(7 as double)) as integer) as first_week,
    case
        when a.other_lines < 1 then 0
        when a.other_lines < 2 then 1
        when a.other_lines < 4 then 2
        when a.other_lines < 8 then 3
        when a.other_lines < 16 then 4
        else 5
    end as account_size
from describe_accounts as a
inner join night.int_sku_numbers as n on a.sku_number = n.sku_number
