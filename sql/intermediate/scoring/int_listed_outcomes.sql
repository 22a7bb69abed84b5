-- One row: one SKU that was listed since $first_on, with its lines of those dates, the regrets predicted and those seen.
-- Why: each line is judged by the prediction of its own day; young lines count by the share of regrets that has shown.
with count_days as (
    select
        sku_id,
        delivered_on,
        sum(lines) filter (where metric = 'delivered') as delivered_lines,
        sum(lines) filter (where metric = 'regret' and delay_days <= $horizon_days) as regretted_lines
    from night.int_witnessed_outcomes
    where delivered_on > $first_on
    group by sku_id, delivered_on
)

select
    m.sku_id,
    cast(sum(d.delivered_lines * c.regret_share) as double) as lines,
    cast(sum(d.delivered_lines * c.regret_share * cast(m.regret_rate as decimal(9, 8))) as double) as predicted,
    cast(sum(coalesce(d.regretted_lines, 0)) as double) as observed
from history.predictions as m
inner join night.int_sku_numbers as p on m.sku_id = p.sku_id
inner join count_days as d on m.sku_id = d.sku_id and m.list_date = d.delivered_on
inner join night.int_number_curve as c
    on
        p.category_number = c.category_number
        and c.day = cast(least(date_diff('day', m.list_date, $as_of_date), $horizon_days) as integer)
where
    m.decision = 'listed'
    and m.list_date <= $as_of_date
    and d.delivered_lines > 0
group by m.sku_id
order by m.sku_id
