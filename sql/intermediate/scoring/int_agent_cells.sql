-- One row: one agent with several lines of one SKU in one period of deliveries, and those of all agents there.
-- Why: agents whose buyers contradict all others show here. Most agents have one line: of them a sum says everything.
with find_large_groups as (
    select
        g.sku_key,
        g.period,
        n.source_number as sku_number,
        f.sku_number is not null as is_burst
    from night.int_large_cells as g
    inner join night.int_source_numbers as n on n.kind = 'sku' and g.sku_key = n.name_key
    left join night.int_first_time_bursts as f on n.source_number = f.sku_number and g.period = f.period
    group by g.sku_key, g.period, n.source_number, f.sku_number
),

-- New buyers in a burst speak for nobody.
count_cells as (
    select
        g.sku_number,
        l.period,
        l.agent_key,
        count(*) as lines,
        count(*) filter (where l.fault_days is not null or l.complaint_days is not null) as regrets
    from night.int_sale_lines as l
    inner join find_large_groups as g on l.sku_key = g.sku_key and l.period = g.period
    where not (g.is_burst and l.is_new)
    group by g.sku_number, l.period, l.agent_key
),

sum_groups as (
    select
        sku_number,
        period,
        count(*) as agents,
        sum(lines) as group_lines,
        sum(regrets) as group_regrets,
        count(*) filter (where lines = 1 and regrets = 1) as single_regrets
    from count_cells
    group by sku_number, period
    having max(lines) >= $fewest_lines and sum(regrets) > 0 and sum(regrets) < sum(lines)
)

select
    c.sku_number,
    c.period,
    a.source_number as agent_number,
    c.lines,
    c.regrets,
    g.agents,
    cast(g.group_lines as bigint) as group_lines,
    cast(g.group_regrets as bigint) as group_regrets,
    g.single_regrets
from count_cells as c
inner join sum_groups as g on c.sku_number = g.sku_number and c.period = g.period
inner join night.int_source_numbers as a on a.kind = 'agent' and c.agent_key = a.name_key
where c.lines > 1
order by c.sku_number, c.period, agent_number
