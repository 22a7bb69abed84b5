-- One row: one SKU, two periods and one kind of account with $fewest of its regretting buyers: their number and others'.
-- Why: kinds overlap ($shifts), so that no edge of a week or size parts accounts that are alike; week -1 is any week.
with list_shifts as (
    select
        cast(u.shift.period as integer) as period,
        cast(u.shift.first_week as integer) as first_week,
        cast(u.shift.account_size as integer) as account_size
    from unnest($shifts) as u (shift)
),

list_kinds as (
    select
        b.sku_id,
        b.delivered_on,
        b.period + s.period as period,
        case when s.first_week < 0 then -1 else b.first_week + s.first_week end as first_week,
        b.account_size + s.account_size as account_size
    from night.int_regretting_buyers as b
    cross join list_shifts as s
),

count_kinds as (
    select
        sku_id,
        period,
        first_week,
        account_size,
        min(delivered_on) as since_on,
        count(*) as alike
    from list_kinds
    group by sku_id, period, first_week, account_size
),

add_platform as (
    select
        period,
        first_week,
        account_size,
        sum(alike) as platform_alike
    from count_kinds
    group by period, first_week, account_size
),

-- Kinds of any week are counted once a buyer and period: they add up to all of them.
count_skus as (
    select
        sku_id,
        period,
        sum(alike) as buyers
    from count_kinds
    where first_week < 0
    group by sku_id, period
),

count_periods as (
    select
        period,
        sum(buyers) as platform_buyers
    from count_skus
    group by period
),

count_tests as (
    select count(*) as tests
    from count_kinds
)

select
    k.sku_id,
    k.period,
    k.first_week,
    k.account_size,
    k.since_on,
    k.alike,
    s.buyers,
    a.platform_alike,
    p.platform_buyers,
    t.tests
from count_kinds as k
inner join count_skus as s on k.sku_id = s.sku_id and k.period = s.period
inner join add_platform as a on k.period = a.period and k.first_week = a.first_week and k.account_size = a.account_size
inner join count_periods as p on k.period = p.period
cross join count_tests as t
where k.alike >= $fewest
order by k.sku_id, k.period, k.first_week, k.account_size
