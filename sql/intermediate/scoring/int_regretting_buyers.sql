-- One row: one buyer who regretted a SKU: day and period of its delivery, and her account: its first week and size.
-- Why: accounts opened together, or that buy as much else, may be one person's; sizes double from one to the next.
with list_regrets as (
    select
        sku_key,
        customer_key,
        min(delivered_on) as delivered_on,
        min(period) as period,
        max(pair_lines) as lines
    from night.int_sale_lines
    where fault_days is not null or complaint_days is not null
    group by sku_key, customer_key
),

describe_accounts as (
    select
        n.entity_id as sku_id,
        r.customer_key,
        r.delivered_on,
        r.period,
        b.first_on,
        b.lines - r.lines as other_lines
    from list_regrets as r
    inner join night.int_buyers as b on r.customer_key = b.customer_key
    inner join night.int_source_numbers as n on n.kind = 'sku' and r.sku_key = n.name_key
)

select
    sku_id,
    customer_key,
    delivered_on,
    period,
    cast(floor(date_diff('day', date '1970-01-01', first_on) / cast(7 as double)) as integer) as first_week,
    case
        when other_lines < 1 then 0
        when other_lines < 2 then 1
        when other_lines < 4 then 2
        when other_lines < 8 then 3
        when other_lines < 16 then 4
        else 5
    end as account_size
from describe_accounts
