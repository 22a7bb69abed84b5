-- One row: one candidate of night.int_alike_kinds: buyers of its SKU since then without a regret, and those alike.
-- Why: where such accounts buy a SKU anyway, that its regrets come from them says nothing of them.
with list_skus as (
    select
        k.sku_id,
        n.sku_number,
        min(k.since_on) as since_on
    from night.int_alike_kinds as k
    inner join night.int_sku_numbers as n on k.sku_id = n.sku_id
    group by k.sku_id, n.sku_number
),

list_lines as (
    select
        s.sku_id,
        l.customer_number,
        l.delivered_on,
        l.period,
        l.ordered_at
    from temp.int_sale_lines as l
    inner join list_skus as s on l.sku_number = s.sku_number and l.delivered_on >= s.since_on
    left join night.int_regretting_buyers as r on s.sku_id = r.sku_id and l.customer_number = r.customer_number
    where r.customer_number is null
),

list_accounts as (
    select distinct
        s.sku_number,
        l.sku_id,
        l.customer_number
    from list_lines as l
    inner join list_skus as s on l.sku_id = s.sku_id
    where l.customer_number is not null
),

count_lines as (
    select
        a.sku_id,
        a.customer_number,
        count(*) as lines
    from temp.int_sale_lines as l
    inner join list_accounts as a on l.sku_number = a.sku_number and l.customer_number = a.customer_number
    group by a.sku_id, a.customer_number
),

-- Who has no number has one line only: each is a buyer of her own, and buys nothing else.
describe_accounts as (
    select
        l.sku_id,
        l.customer_number,
        l.delivered_on,
        l.period,
        coalesce(b.first_on, cast(l.ordered_at as date)) as first_on,
        coalesce(b.lines - c.lines, 0) as other_lines
    from list_lines as l
    left join count_lines as c on l.sku_id = c.sku_id and l.customer_number = c.customer_number
    left join night.int_buyers as b on l.customer_number = b.customer_number
),

size_accounts as (
    select
        sku_id,
        customer_number,
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
        b.customer_number,
        b.sku_id is not null and b.customer_number is null as is_single,
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
    count(distinct customer_number) + count(*) filter (where is_single) as content_buyers,
    count(distinct customer_number) filter (where is_alike) + count(*) filter (where is_single and is_alike)
        as content_alike
from match_kinds
group by sku_id, period, first_week, account_size
order by sku_id, period, first_week, account_size
