-- One row: one list date: matches, those that the agent sold that day, and those of her order lines that were matches.
-- Why: for comparison with a simple forecast of the same length, her own best sellers of the last four weeks.
with list_matched as (
    select
        list_date,
        agent_id,
        sku_id
    from night.backtest_matches
    where propensity is null
),

list_agents as (
    select distinct
        list_date,
        agent_id
    from list_matched
),

list_lines as (
    select
        l.list_date,
        l.order_line_id,
        l.agent_id,
        l.sku_id,
        case when m.sku_id is null then 0 else 1 end as is_matched,
        case when h.sku_id is null then 0 else 1 end as is_habit
    from night.backtest_lines as l
    inner join list_agents as a on l.list_date = a.list_date and l.agent_id = a.agent_id
    left join list_matched as m
        on l.list_date = m.list_date and l.agent_id = m.agent_id and l.sku_id = m.sku_id
    left join night.backtest_habits as h
        on l.list_date = h.list_date and l.agent_id = h.agent_id and l.sku_id = h.sku_id
),

count_matches as (
    select
        list_date,
        count(*) as matches
    from list_matched
    group by list_date
),

count_lines as (
    select
        list_date,
        count(*) as order_lines,
        sum(is_matched) as matched_lines,
        sum(is_habit) as habit_lines
    from list_lines
    group by list_date
),

count_sold as (
    select
        list_date,
        count(*) as matches_sold
    from (
        select distinct
            list_date,
            agent_id,
            sku_id
        from list_lines
        where is_matched = 1
    ) as sold
    group by list_date
)

select
    m.list_date,
    cast(m.matches as bigint) as matches,
    cast(coalesce(s.matches_sold, 0) as bigint) as matches_sold,
    cast(coalesce(l.order_lines, 0) as bigint) as order_lines,
    cast(coalesce(l.matched_lines, 0) as bigint) as matched_lines,
    cast(coalesce(l.habit_lines, 0) as bigint) as habit_lines
from count_matches as m
left join count_lines as l on m.list_date = l.list_date
left join count_sold as s on m.list_date = s.list_date
