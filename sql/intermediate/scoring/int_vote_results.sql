-- One row: one SKU and one day on which agents judged it, with the mature lines delivered in the weeks after and their regrets.
-- Why: a vote is judged by what nobody could know yet; what the night knew of the SKU on that day stands beside it.
with list_days as (
    select
        sku_id,
        said_on
    from night.int_quality_votes
    union
    select
        sku_id,
        said_on
    from night.int_last_words
),

list_outcomes as (
    select
        n.sku_id,
        cast($as_of_date - d.age_days * interval 1 day as date) as delivered_on,
        d.delivered_lines as lines,
        0 as regrets
    from night.int_delivery_days as d
    inner join night.int_sku_numbers as n on d.sku_number = n.sku_number
    union all
    select
        sku_id,
        delivered_on,
        -lines as lines,
        case when regret_days <= $horizon_days then -lines else 0 end as regrets
    from night.int_outlier_lines
    union all
    select
        sku_id,
        delivered_on,
        0 as lines,
        lines as regrets
    from night.int_witnessed_outcomes
    where metric = 'regret' and delay_days <= $horizon_days
),

add_days as (
    select
        o.sku_id,
        o.delivered_on,
        sum(o.lines * c.regret_share) as exposure,
        sum(o.regrets) as regrets
    from list_outcomes as o
    inner join night.int_sku_numbers as n on o.sku_id = n.sku_id
    inner join night.int_number_curve as c
        on
            n.category_number = c.category_number
            and c.day = cast(least(date_diff('day', o.delivered_on, $as_of_date), $horizon_days) as integer)
    where o.delivered_on > $first_on
    group by o.sku_id, o.delivered_on
),

add_lines as (
    select
        l.sku_id,
        l.said_on,
        sum(d.exposure) as exposure,
        sum(d.regrets) as regrets
    from list_days as l
    left join add_days as d
        on
            l.sku_id = d.sku_id
            and l.said_on < d.delivered_on
            and date_diff('day', l.said_on, d.delivered_on) <= $judged_days
    group by l.sku_id, l.said_on
)

select
    l.sku_id,
    l.said_on,
    cast(greatest(coalesce(l.exposure, 0), 0) as double) as lines,
    cast(greatest(coalesce(l.regrets, 0), 0) as double) as regrets,
    p.landmine_probability as known_probability
from add_lines as l
left join history.predictions as p on l.sku_id = p.sku_id and l.said_on = p.list_date
order by l.sku_id, l.said_on
