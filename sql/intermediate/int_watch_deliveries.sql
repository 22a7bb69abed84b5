-- One row: one watched group and one day on which lines of it were delivered.
-- Why: days are numbered from the first delivery of the platform, as the watching counts them.
select
    m.group_number,
    cast(date_diff('day', $first_on, d.delivered_on) as integer) as day,
    cast(sum(d.delivered_lines) as integer) as delivered
from night.int_sku_daily as d
inner join night.int_watch_members as m on d.sku_id = m.sku_id
where d.delay_days is null
group by m.group_number, d.delivered_on
