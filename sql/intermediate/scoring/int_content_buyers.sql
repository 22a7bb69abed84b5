-- One row: one candidate of night.int_alike_kinds: buyers of its SKU since then without a regret, and those alike.
-- Why: where such accounts buy a SKU anyway, that its regrets come from them says nothing of them.
with list_skus as (
    select
        k.sku_id,
        n.name_key as sku_key,
        min(k.since_on) as since_on
    from night.int_alike_kinds as k
    inner join night.int_source_numbers as n on n.kind = 'sku' and k.sku_id = n.entity_id
    group by k.sku_id, n.name_key
),

list_lines as (
    select
        s.sku_id,
        l.customer_key,
        l.delivered_on,
        l.period,
        l.pair_lines
    from night.int_sale_lines as l
    inner join list_skus as s on l.sku_key = s.sku_key and l.delivered_on >= s.since_on
    left join night.int_regretting_buyers as r on s.sku_id = r.sku_id and l.customer_key = r.customer_key
    where r.customer_key is null
),

describe_accounts as (
    select
        l.sku_id,
        l.customer_key,
        l.delivered_on,
        l.period,
        b.first_on,
        b.lines - l.pair_lines as other_lines
    from list_lines as l
    inner join night.int_buyers as b on l.customer_key = b.customer_key
),

size_accounts as (
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
),

match_kinds as (
    select
        k.sku_id,
        k.period,
        k.first_week,
        k.account_size,
        b.customer_key,
        (k.first_week < 0 and b.account_size = k.account_size)
        or (
            b.first_week between k.first_week - 1 and k.first_week
            and b.account_size between k.account_size - 1 and k.account_size
        ) as is_alike
    from night.int_alike_kinds as k
    left join size_accounts as b on k.sku_id = b.sku_id and k.since_on <= b.delivered_on and k.period >= b.period
)

select
    sku_id,
    period,
    first_week,
    account_size,
    count(distinct customer_key) as content_buyers,
    count(distinct customer_key) filter (where is_alike) as content_alike
from match_kinds
group by sku_id, period, first_week, account_size
order by sku_id, period, first_week, account_size
