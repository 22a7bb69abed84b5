-- One row: one SKU that was listed since $first_on, with its lines of those dates, the regrets predicted and those seen.
-- Why: each line is judged by the prediction of its own day; young lines count by the share of regrets that has shown.
with count_regrets as (
    select
        sku_id,
        delivered_on,
        sum(lines) as regretted_lines
    from night.int_witnessed_outcomes
    where metric = 'regret' and delay_days <= $horizon_days and delivered_on > $first_on
    group by sku_id, delivered_on
)

select
    m.sku_id,
    cast(sum(d.delivered_lines * c.regret_share) as double) as lines,
    cast(sum(d.delivered_lines * c.regret_share * cast(m.regret_rate as decimal(9, 8))) as double) as predicted,
    cast(sum(coalesce(o.regretted_lines, 0)) as double) as observed
from history.predictions as m
inner join night.int_sku_numbers as p on m.sku_id = p.sku_id
inner join night.int_delivery_days as d
    on p.sku_number = d.sku_number and d.age_days = cast(date_diff('day', m.list_date, $as_of_date) as integer)
inner join night.int_number_curve as c
    on p.category_number = c.category_number and c.day = least(d.age_days, $horizon_days)
left join count_regrets as o on m.sku_id = o.sku_id and m.list_date = o.delivered_on
where
    m.decision = 'listed'
    and m.list_date > $first_on
    and m.list_date <= $as_of_date
    and d.delivered_lines > 0
group by m.sku_id
order by m.sku_id
