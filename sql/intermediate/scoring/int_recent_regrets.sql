-- One row: one SKU and one step of days ago, with the lines delivered then as far as they are mature, and their regrets.
-- Why: a turn for the worse is sought among the lines of the last weeks; culprits' lines do not judge the goods.
with list_steps as (
    select
        cast(u.step.age_days as integer) as age_days,
        cast(u.step.step as integer) as step
    from unnest($steps) as u (step)
),

list_outcomes as (
    select
        sku_id,
        delivered_on,
        -lines as lines,
        case when regret_days <= $horizon_days then -lines else 0 end as regrets
    from night.int_outlier_lines
    where delivered_on > $first_on
    union all
    select
        sku_id,
        delivered_on,
        0 as lines,
        lines as regrets
    from night.int_sku_outcomes
    where metric = 'regret' and delay_days <= $horizon_days and delivered_on > $first_on
),

list_days as (
    select
        d.sku_number,
        d.category_number,
        d.age_days,
        d.delivered_lines as lines,
        0 as regrets
    from night.int_delivery_days as d
    inner join list_steps as s on d.age_days = s.age_days
    union all
    select
        n.sku_number,
        n.category_number,
        cast(date_diff('day', o.delivered_on, $as_of_date) as integer) as age_days,
        o.lines,
        o.regrets
    from list_outcomes as o
    inner join night.int_sku_numbers as n on o.sku_id = n.sku_id
)

select
    d.sku_number,
    s.step,
    cast(sum(d.lines * c.regret_share) as double) as exposure,
    cast(sum(d.regrets) as double) as events
from list_days as d
inner join list_steps as s on d.age_days = s.age_days
inner join night.int_number_curve as c on d.category_number = c.category_number and d.age_days = c.day
group by d.sku_number, s.step
order by sku_number, step
