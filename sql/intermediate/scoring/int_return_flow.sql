-- One row: one category or supplier and one day, with the lines delivered on it and the returns and complaints that came.
-- Why: the deliveries before a day say how many returns are due on it; only $days days before tonight are needed.
with list_days as (
    select
        sku_id,
        cast(date_diff('day', delivered_on, $as_of_date) as integer) as age_days,
        delivered_lines as delivered,
        0 as returned,
        0 as complained
    from night.int_sku_daily
    where delay_days is null
    union all
    select
        sku_id,
        cast(date_diff('day', delivered_on, $as_of_date) as integer) - delay_days as age_days,
        0 as delivered,
        case when metric = 'return' then lines else 0 end as returned,
        case when metric = 'complaint' then lines else 0 end as complained
    from night.int_sku_outcomes
    where metric in ('return', 'complaint') and delay_days >= 0 and delay_days <= $horizon_days
),

list_levels as (
    select
        d.age_days,
        d.delivered,
        d.returned,
        d.complained,
        'category' as level,
        p.category as entity_id
    from list_days as d
    inner join night.stg_products as p on d.sku_id = p.sku_id
    where d.age_days >= 0 and d.age_days < $days
    union all
    select
        d.age_days,
        d.delivered,
        d.returned,
        d.complained,
        'supplier' as level,
        p.supplier_id as entity_id
    from list_days as d
    inner join night.stg_products as p on d.sku_id = p.sku_id
    where d.age_days >= 0 and d.age_days < $days
)

select
    level,
    entity_id,
    cast($days - 1 - age_days as integer) as day,
    cast(sum(delivered) as bigint) as delivered,
    cast(sum(returned) as bigint) as returned,
    cast(sum(complained) as bigint) as complained
from list_levels
group by level, entity_id, age_days
order by level, entity_id, day
