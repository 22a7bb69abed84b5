-- One row: one agent, one SKU and one period of deliveries, where some agent has $fewest_lines: her lines and regrets.
-- Why: agents whose buyers contradict all others show here; only groups with so large a cell are counted with buyers.
with list_lines as (
    select
        t.sku_id,
        cast(floor(date_diff('day', date '1970-01-01', t.delivered_on) / cast($period_days as double)) as integer)
            as period,
        t.agent_id
    from history.order_line_timeline as t
    where
        t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.is_sale
        and t.delivered_on <= $as_of_date
),

find_large_cells as (
    select
        sku_id,
        period
    from list_lines
    group by sku_id, period, agent_id
    having count(*) >= $fewest_lines
),

find_large_groups as (
    select distinct
        sku_id,
        period
    from find_large_cells
),

count_cells as (
    select
        t.sku_id,
        g.period,
        t.agent_id,
        count(*) as lines,
        count(*) filter (where t.fault_requested_on is not null or c.order_line_id is not null) as regrets,
        count(b.customer_id) as new_lines,
        count(b.customer_id) filter (where t.fault_requested_on is not null or c.order_line_id is not null)
            as new_regrets
    from history.order_line_timeline as t
    inner join find_large_groups as g
        on
            t.sku_id = g.sku_id
            and g.period
            = cast(floor(date_diff('day', date '1970-01-01', t.delivered_on) / cast($period_days as double)) as integer)
    left join night.int_new_buyers as b on t.customer_id = b.customer_id
    left join night.int_complaints as c on t.order_line_id = c.order_line_id
    where
        t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.is_sale
        and t.delivered_on <= $as_of_date
    group by t.sku_id, g.period, t.agent_id
),

leave_out_bursts as (
    select
        c.sku_id,
        c.period,
        c.agent_id,
        c.lines - case when f.sku_id is null then 0 else c.new_lines end as lines,
        c.regrets - case when f.sku_id is null then 0 else c.new_regrets end as regrets
    from count_cells as c
    left join night.int_first_time_bursts as f on c.sku_id = f.sku_id and c.period = f.period
),

find_groups as (
    select
        sku_id,
        period
    from leave_out_bursts
    group by sku_id, period
    having max(lines) >= $fewest_lines and sum(regrets) > 0 and sum(regrets) < sum(lines)
)

select
    c.sku_id,
    c.period,
    c.agent_id,
    c.lines,
    c.regrets
from leave_out_bursts as c
inner join find_groups as g on c.sku_id = g.sku_id and c.period = g.period
where c.lines > 0
order by c.sku_id, c.period, c.agent_id
