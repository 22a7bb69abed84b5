-- One row: one agent's standing word on one SKU that somebody doubts: her doubt, or that she took it since the first doubt.
-- Why: who lives by one supplier of a category has a stake in her rivals' SKUs, and is no judge of them.
with list_doubts as (
    select
        agent_id,
        sku_id,
        said_on
    from night.int_last_words
    where is_doubt
),

find_first_doubts as (
    select
        sku_id,
        min(said_on) as first_on
    from list_doubts
    group by sku_id
),

count_supplier_sales as (
    select
        n.category,
        n.supplier_id,
        sum(s.ordered_units) as units
    from night.int_agent_daily as s
    inner join night.int_sku_numbers as n on s.sku_id = n.sku_id
    where s.ordered_on > $sales_after
    group by n.category, n.supplier_id
),

count_category_sales as (
    select
        category,
        sum(units) as units
    from count_supplier_sales
    group by category
),

count_sales as (
    select
        s.agent_id,
        n.category,
        n.supplier_id,
        sum(s.ordered_units) as units
    from night.int_agent_daily as s
    inner join night.int_sku_numbers as n on s.sku_id = n.sku_id
    where s.ordered_on > $sales_after and s.agent_id in (select d.agent_id from list_doubts as d)
    group by s.agent_id, n.category, n.supplier_id
),

count_agent_sales as (
    select
        agent_id,
        category,
        sum(units) as units
    from count_sales
    group by agent_id, category
),

list_pushed as (
    -- Most of what she sells of the category, and more than twice the supplier's part of the platform.
    select
        s.agent_id,
        s.category,
        s.supplier_id
    from count_sales as s
    inner join count_agent_sales as a on s.agent_id = a.agent_id and s.category = a.category
    inner join count_supplier_sales as u on s.category = u.category and s.supplier_id = u.supplier_id
    inner join count_category_sales as c on s.category = c.category
    where
        a.units >= $fewest_units
        and s.units > a.units * $pushed_share
        and s.units * c.units > 2 * u.units * a.units
),

list_stakes as (
    select
        d.agent_id,
        d.sku_id
    from list_doubts as d
    inner join night.int_sku_numbers as n on d.sku_id = n.sku_id
    inner join list_pushed as p on d.agent_id = p.agent_id and n.category = p.category
    where n.supplier_id <> p.supplier_id
)

select
    v.agent_id,
    v.sku_id,
    v.is_doubt,
    v.said_on,
    o.lines,
    v.is_doubt and s.sku_id is not null as has_stake
from night.int_last_words as v
inner join find_first_doubts as f on v.sku_id = f.sku_id
inner join night.int_vote_outcomes as o on v.sku_id = o.sku_id and v.said_on = o.said_on
left join list_stakes as s on v.agent_id = s.agent_id and v.sku_id = s.sku_id
where v.said_on >= f.first_on
order by v.sku_id, v.agent_id
