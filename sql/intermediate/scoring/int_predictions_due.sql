-- One row: one SKU and one earlier list date whose prediction can be held against lines delivered on that very date.
-- Why: every delivered line is judged once, by the prediction of its own day; young lines count by the share of outcomes that has shown.
with list_lines as (
    select
        sku_id,
        delivered_on,
        sum(delivered_lines) as delivered_lines
    from night.int_sku_daily
    where
        delay_days is null
        and delivered_on > $first_on
        -- Days without predictions would be added up for nothing.
        and delivered_on in (select p.list_date from history.predictions as p)
    group by sku_id, delivered_on
),

list_outcomes as (
    select
        sku_id,
        delivered_on,
        sum(lines) filter (where metric = 'return') as returned_lines,
        sum(lines) filter (where metric = 'regret') as regretted_lines
    from night.int_sku_outcomes
    where
        delay_days <= $horizon_days
        and delivered_on > $first_on
        and delivered_on in (select p.list_date from history.predictions as p)
    group by sku_id, delivered_on
)

select
    m.list_date,
    m.sku_id,
    m.decision = 'listed' as is_listed,
    m.return_rate,
    m.regret_rate,
    m.landmine_probability,
    e.landmine_ceiling,
    cast(coalesce(l.delivered_lines * d.return_share, 0) as double) as return_exposure,
    cast(coalesce(l.delivered_lines * d.regret_share, 0) as double) as regret_exposure,
    cast(coalesce(o.returned_lines, 0) as double) as returned_lines,
    cast(coalesce(o.regretted_lines, 0) as double) as regretted_lines
from history.predictions as m
inner join night.int_sku_numbers as p on m.sku_id = p.sku_id
inner join night.int_sku_estimates as e on m.sku_id = e.sku_id
inner join list_lines as l on m.sku_id = l.sku_id and m.list_date = l.delivered_on
left join list_outcomes as o on m.sku_id = o.sku_id and m.list_date = o.delivered_on
left join night.int_number_curve as d
    on
        p.category_number = d.category_number
        and d.day = cast(least(date_diff('day', m.list_date, $as_of_date), $horizon_days) as integer)
where
    m.list_date <= $as_of_date
    and l.delivered_lines > 0
order by m.list_date, m.sku_id
