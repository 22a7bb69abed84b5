-- One row: one candidate of night.int_alike_kinds: buyers of its SKU since then without a regret, and those alike.
-- Why: where such accounts buy a SKU anyway, that its regrets come from them says nothing of them.
with list_skus as (
    select
        sku_id,
        min(since_on) as since_on
    from night.int_alike_kinds
    group by sku_id
),

list_buyers as (
    select
        t.sku_id,
        t.customer_id,
        t.delivered_on,
        cast(floor(date_diff('day', date '1970-01-01', t.delivered_on) / cast($period_days as double)) as integer)
            as period
    from history.order_line_timeline as t
    inner join list_skus as s on t.sku_id = s.sku_id and t.delivered_on >= s.since_on
    left join night.int_regretting_buyers as r on t.sku_id = r.sku_id and t.customer_id = r.customer_id
    where
        t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.is_sale
        and t.delivered_on <= $as_of_date
        and r.customer_id is null
),

list_accounts as (
    select distinct customer_id
    from list_buyers
),

count_lines as (
    select
        t.customer_id,
        t.sku_id,
        min(t.ordered_on) as first_on,
        count(*) as lines
    from history.order_line_timeline as t
    inner join list_accounts as a on t.customer_id = a.customer_id
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
),

size_accounts as (
    select
        customer_id,
        sku_id,
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
)

select
    k.sku_id,
    k.period,
    k.first_week,
    k.account_size,
    count(distinct b.customer_id) as content_buyers,
    count(distinct b.customer_id) filter (
        where (k.first_week < 0 and a.account_size = k.account_size)
        or (
            a.first_week between k.first_week - 1 and k.first_week
            and a.account_size between k.account_size - 1 and k.account_size
        )
    ) as content_alike
from night.int_alike_kinds as k
left join list_buyers as b on k.sku_id = b.sku_id and k.since_on <= b.delivered_on and k.period >= b.period
left join size_accounts as a on b.customer_id = a.customer_id and b.sku_id = a.sku_id
group by k.sku_id, k.period, k.first_week, k.account_size
order by k.sku_id, k.period, k.first_week, k.account_size
