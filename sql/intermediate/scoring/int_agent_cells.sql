-- One row: one agent, one SKU and one period of deliveries, where some agent has $fewest_lines: her lines and regrets.
-- Why: agents whose buyers contradict all others show here; only groups with so large a cell are counted with buyers.
with find_large_cells as (
    select
        sku_number,
        period
    from temp.int_sale_lines
    where sku_number >= 0
    group by sku_number, period, agent_number
    having count(*) >= $fewest_lines
),

find_large_groups as (
    select
        g.sku_number,
        g.period,
        f.sku_number is not null as is_burst
    from find_large_cells as g
    left join night.int_first_time_bursts as f on g.sku_number = f.sku_number and g.period = f.period
    group by g.sku_number, g.period, f.sku_number
),

-- New buyers in a burst speak for nobody.
count_cells as (
    select
        l.sku_number,
        l.period,
        l.agent_number,
        count(*) as lines,
        count(*) filter (where l.is_regretted) as regrets
    from temp.int_sale_lines as l
    inner join find_large_groups as g on l.sku_number = g.sku_number and l.period = g.period
    left join night.int_buyers as b on l.customer_number = b.customer_number
    where not (g.is_burst and coalesce(b.is_new, not l.is_unpaid))
    group by l.sku_number, l.period, l.agent_number
),

find_groups as (
    select
        sku_number,
        period
    from count_cells
    group by sku_number, period
    having max(lines) >= $fewest_lines and sum(regrets) > 0 and sum(regrets) < sum(lines)
)

select
    c.sku_number,
    c.period,
    c.agent_number,
    c.lines,
    c.regrets
from count_cells as c
inner join find_groups as g on c.sku_number = g.sku_number and c.period = g.period
order by c.sku_number, c.period, c.agent_number
