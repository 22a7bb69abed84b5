-- One row: one SKU on one past list, with the lines delivered for that night and the regrets that they have shown by now.
-- Why: a line counts for the last list on which its SKU stood before; those of outlier sources show nothing of the SKU.
with list_nights as (
    select
        n.sku_id,
        n.sku_number,
        n.category_number,
        l.list_date,
        cast(date_diff('day', l.list_date, $as_of_date) as integer) as list_age,
        lead(cast(date_diff('day', l.list_date, $as_of_date) as integer), 1, -1) over (
            partition by l.sku_id
            order by l.list_date
        ) as next_age
    from history.listed as l
    inner join night.int_sku_numbers as n on l.sku_id = n.sku_id
    where l.list_date > $first_on and l.list_date <= $as_of_date
),

list_skus as (
    select distinct
        sku_id,
        sku_number
    from list_nights
),

list_lines as (
    select
        s.sku_number,
        d.age_days,
        d.delivered_lines as lines,
        0 as regrets
    from night.int_delivery_days as d
    inner join list_skus as s on d.sku_number = s.sku_number
    union all
    select
        s.sku_number,
        date_diff('day', o.delivered_on, $as_of_date) as age_days,
        0 as lines,
        o.lines as regrets
    from night.int_witnessed_outcomes as o
    inner join list_skus as s on o.sku_id = s.sku_id
    where o.metric = 'regret' and o.delay_days <= $horizon_days
    union all
    select
        s.sku_number,
        date_diff('day', x.delivered_on, $as_of_date) as age_days,
        -x.lines as lines,
        case when x.regret_days <= $horizon_days then -x.lines else 0 end as regrets
    from night.int_outlier_lines as x
    inner join list_skus as s on x.sku_id = s.sku_id
),

count_earlier as (
    select
        sku_number,
        sum(lines) as earlier_lines
    from list_lines
    where age_days >= date_diff('day', $first_on, $as_of_date)
    group by sku_number
),

count_lines as (
    select
        n.sku_id,
        n.list_date,
        sum(l.lines * c.regret_share) as exposure,
        sum(l.regrets) as regrets
    from list_nights as n
    inner join list_lines as l
        on
            n.sku_number = l.sku_number
            and n.list_age >= l.age_days
            and l.age_days > greatest(n.next_age, n.list_age - $lines_days)
    inner join night.int_number_curve as c
        on n.category_number = c.category_number and cast(least(l.age_days, $horizon_days) as integer) = c.day
    group by n.sku_id, n.list_date
)

select
    n.list_date,
    n.list_age,
    n.sku_id,
    cast(count(*) over (partition by n.list_date) as bigint) as places,
    e.landmine_ceiling,
    p.landmine_probability,
    cast(greatest(coalesce(l.exposure, 0), 0) as double) as exposure,
    cast(greatest(coalesce(l.regrets, 0), 0) as double) as regretted_lines,
    cast(coalesce(b.earlier_lines, 0) as double) as earlier_lines
from list_nights as n
inner join night.int_sku_estimates as e on n.sku_id = e.sku_id
left join history.predictions as p on n.sku_id = p.sku_id and n.list_date = p.list_date
left join count_lines as l on n.sku_id = l.sku_id and n.list_date = l.list_date
left join count_earlier as b on n.sku_number = b.sku_number
where n.list_age >= $lines_days
order by n.list_date, n.sku_id
