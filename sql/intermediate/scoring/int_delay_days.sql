-- One row: one outcome, one category and one number of days since delivery: how many showed after it, how many are that old.
-- Why: two small tables on top of each other; delays and ages together would be as many rows as the outcomes.
with describe_outcomes as (
    select
        o.metric,
        n.category,
        o.delay_days,
        cast(least(date_diff('day', o.delivered_on, $believed_on), $horizon_days) as integer) as age_days,
        o.lines
    from night.int_sku_outcomes as o
    inner join night.int_sku_numbers as n on o.sku_id = n.sku_id
    where
        o.delay_days <= $horizon_days
        -- Where returns are missing since then, the curve is that of the last day on which they came.
        and date_diff('day', o.delivered_on, $believed_on) >= o.delay_days
)

select
    metric,
    category,
    delay_days as day,
    cast(sum(lines) as bigint) as shown,
    cast(0 as bigint) as aged
from describe_outcomes
group by metric, category, delay_days
union all
select
    metric,
    category,
    age_days as day,
    cast(0 as bigint) as shown,
    cast(sum(lines) as bigint) as aged
from describe_outcomes
group by metric, category, age_days
