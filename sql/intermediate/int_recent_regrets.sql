-- One row: one SKU and one step of days ago, with the lines delivered then as far as they are mature, and their regrets.
-- Why: a turn for the worse is sought among the lines of the last weeks; culprits' lines do not judge the goods.
with number_skus as (
    select
        sku_id,
        category,
        cast(row_number() over (order by sku_id) - 1 as integer) as sku_number
    from night.int_sku_evidence
),

list_days as (
    select
        sku_id,
        delivered_on,
        delivered_lines as lines,
        0 as regrets
    from night.int_sku_daily
    where delay_days is null and delivered_on > $first_on
    union all
    select
        sku_id,
        delivered_on,
        -lines as lines,
        case when regret_days <= $horizon_days then -lines else 0 end as regrets
    from night.int_culprit_lines
    where delivered_on > $first_on
    union all
    select
        sku_id,
        delivered_on,
        0 as lines,
        lines as regrets
    from night.int_sku_outcomes
    where metric = 'regret' and delay_days <= $horizon_days and delivered_on > $first_on
)

select
    n.sku_number,
    s.step,
    cast(sum(d.lines * c.regret_share) as double) as exposure,
    cast(sum(d.regrets) as double) as events
from list_days as d
inner join number_skus as n on d.sku_id = n.sku_id
inner join night.int_turn_steps as s on s.age_days = date_diff('day', d.delivered_on, $as_of_date)
inner join night.int_delay_curve as c on n.category = c.category and s.age_days = c.day
group by n.sku_number, s.step
