-- One row: one category by its number, and a number of days since delivery, with the share of outcomes shown by then.
-- Why: the delay curve as deliveries are joined to it; of what no source told, only what came has shown.
with find_gaps as (
    select
        level,
        entity_id,
        date_diff('day', since_on, $as_of_date) + 1 as eve_age,
        date_diff('day', until_on, $as_of_date) as last_age,
        greatest(1 - observed / cast(greatest(expected, 1) as double), 0) as missing
    from night.int_returns_gaps
),

list_categories as (
    select distinct
        n.category,
        n.category_number,
        coalesce(s.eve_age, w.eve_age) as eve_age,
        coalesce(s.last_age, w.last_age) as last_age,
        coalesce(s.missing, w.missing) as missing
    from night.int_sku_numbers as n
    left join find_gaps as s on s.level = 'supplier' and n.supplier_id = s.entity_id
    left join find_gaps as w on w.level = 'platform'
),

count_ages as (
    select
        c.category,
        d.age_days,
        sum(d.delivered_lines) as lines
    from night.int_delivery_days as d
    inner join list_categories as c on d.category_number = c.category_number
    where c.eve_age is not null
    group by c.category, d.age_days
),

list_ages as (
    -- Lines by their age on the last believed day, with the largest day of the curve up to it.
    select
        a.category,
        a.age_days,
        a.lines,
        max(e.day) as day
    from count_ages as a
    inner join night.int_delay_curve as e
        on a.category = e.category and e.day <= a.age_days - date_diff('day', $believed_on, $as_of_date)
    group by a.category, a.age_days, a.lines
),

count_exposure as (
    select
        sum(a.lines * cast(e.regret_share as double)) as regret_exposure,
        sum(a.lines * cast(e.complaint_share as double)) as complaint_exposure
    from list_ages as a
    inner join night.int_delay_curve as e on a.category = e.category and a.day = e.day
),

count_outcomes as (
    select
        cast(coalesce(sum(lines) filter (where metric = 'complaint'), 0) as double) as complaints,
        cast(coalesce(sum(lines) filter (where metric = 'regret'), 0) as double) as regrets
    from night.int_sku_outcomes
    where date_diff('day', delivered_on, $believed_on) >= delay_days
),

share_complained as (
    -- Complaints come sooner than returns: both are counted for mature lines.
    select
        case
            when o.regrets * e.complaint_exposure > 0
                then least(
                    o.complaints * e.regret_exposure / cast(o.regrets * e.complaint_exposure as double), 1
                )
            else 0
        end as complained
    from count_outcomes as o
    cross join count_exposure as e
),

list_silent as (
    -- Regrets that no complaint tells of come as returns alone.
    select
        d.category,
        d.day,
        d.return_share,
        greatest(cast(d.regret_share as double) - c.complained * cast(d.complaint_share as double), 0) as silent_share
    from night.int_delay_curve as d
    cross join share_complained as c
),

find_missing as (
    select
        c.category_number,
        d.day,
        max(c.missing) * (
            coalesce(max(e.return_share) filter (where e.day <= d.day - c.last_age), 0)
            - coalesce(max(e.return_share) filter (where e.day <= d.day - c.eve_age), 0)
        ) as missing_returns,
        max(c.missing) * (
            coalesce(max(e.silent_share) filter (where e.day <= d.day - c.last_age), 0)
            - coalesce(max(e.silent_share) filter (where e.day <= d.day - c.eve_age), 0)
        ) as missing_regrets
    from list_categories as c
    inner join night.int_delay_curve as d on c.category = d.category
    inner join list_silent as e on c.category = e.category
    where c.eve_age is not null
    group by c.category_number, d.day
)

select
    c.category_number,
    d.day,
    cast(case when $returns_seen then d.return_share - coalesce(m.missing_returns, 0) else 0 end as decimal(9, 8))
        as return_share,
    cast(case when $regrets_seen then d.regret_share - coalesce(m.missing_regrets, 0) else 0 end as decimal(9, 8))
        as regret_share
from night.int_delay_curve as d
inner join list_categories as c on d.category = c.category
left join find_missing as m on c.category_number = m.category_number and d.day = m.day
