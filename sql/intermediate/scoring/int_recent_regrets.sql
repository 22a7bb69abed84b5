-- One row: one SKU and one interval of ages, with the mature lines that were delivered then, and their regrets.
-- Why: a change point is inferred from the lines of the last weeks; outlier sources' lines do not judge the SKUs.
with list_ages as (
    select
        cast(u.age.age_days as integer) as age_days,
        cast(u.age.age_column as integer) as age_column
    from unnest($ages) as u (age)
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
    from night.int_witnessed_outcomes
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
    inner join list_ages as a on d.age_days = a.age_days
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
    a.age_column,
    cast(sum(d.lines * c.regret_share) as double) as exposure,
    cast(sum(d.regrets) as double) as events
from list_days as d
inner join list_ages as a on d.age_days = a.age_days
inner join night.int_number_curve as c on d.category_number = c.category_number and d.age_days = c.day
group by d.sku_number, a.age_column
order by sku_number, age_column
