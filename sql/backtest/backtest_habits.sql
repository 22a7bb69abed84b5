-- One row: one SKU that an agent sold best in the four weeks before a list date, as many of them as she was matched.
-- Why: matches have to beat what she would have posted again anyway; only orders known then count.
with list_matched as (
    select
        list_date,
        agent_id,
        count(*) as matches
    from night.backtest_matches
    where propensity is null
    group by list_date, agent_id
),

list_sold as (
    select
        m.list_date,
        m.agent_id,
        m.matches,
        t.sku_id,
        count(*) as lines
    from list_matched as m
    inner join history.order_line_timeline as t
        on
            m.agent_id = t.agent_id
            and m.list_date > t.valid_from
            and m.list_date <= t.valid_to
            and m.list_date > t.ordered_on
            and cast(m.list_date - 28 * interval 1 day as date) <= t.ordered_on
    where t.is_sale
    group by m.list_date, m.agent_id, m.matches, t.sku_id
),

rank_sold as (
    select
        list_date,
        agent_id,
        sku_id,
        matches,
        row_number() over (partition by list_date, agent_id order by lines desc, sku_id asc) as place
    from list_sold
)

select
    list_date,
    agent_id,
    sku_id
from rank_sold
where place <= matches
