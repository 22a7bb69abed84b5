-- One row: a change of an agent's persona that her answers speak for, with how often she declined and took such SKUs.
-- Why: only what she declines again and again and hardly ever takes; nothing changes by itself.
with list_last_answers as (
    select
        a.agent_id,
        a.sku_id,
        a.answer,
        a.reason_code,
        p.category,
        p.list_price,
        p.style_tags
    from night.stg_match_answers as a
    inner join night.stg_products as p on a.sku_id = p.sku_id
    where a.list_date > $remembered_after
    qualify row_number() over (partition by a.agent_id, a.sku_id order by a.list_date desc) = 1
),

find_prices_taken as (
    select
        agent_id,
        min(list_price) as cheapest,
        max(list_price) as dearest
    from list_last_answers
    where answer <> 'declined'
    group by agent_id
),

list_cases as (
    select
        l.agent_id,
        'price_max' as suggestion,
        cast(cast(t.dearest as decimal(12, 2)) as varchar) as proposed,
        1 as declined,
        0 as taken
    from list_last_answers as l
    inner join find_prices_taken as t on l.agent_id = t.agent_id
    where l.reason_code = 'price' and l.list_price > t.dearest
    union all
    select
        l.agent_id,
        'price_min' as suggestion,
        cast(cast(t.cheapest as decimal(12, 2)) as varchar) as proposed,
        1 as declined,
        0 as taken
    from list_last_answers as l
    inner join find_prices_taken as t on l.agent_id = t.agent_id
    where l.reason_code = 'price' and l.list_price < t.cheapest
    union all
    select
        agent_id,
        'categories_excluded' as suggestion,
        category as proposed,
        case when reason_code = 'not_my_groups' then 1 else 0 end as declined,
        case when answer <> 'declined' then 1 else 0 end as taken
    from list_last_answers
    union all
    select
        l.agent_id,
        'style_tags' as suggestion,
        u.tag as proposed,
        case when l.reason_code = 'style' then 1 else 0 end as declined,
        case when l.answer <> 'declined' then 1 else 0 end as taken
    from list_last_answers as l
    cross join unnest(l.style_tags) as u (tag)
),

count_cases as (
    select
        agent_id,
        suggestion,
        proposed,
        cast(sum(declined) as bigint) as declined,
        cast(sum(taken) as bigint) as taken
    from list_cases
    group by agent_id, suggestion, proposed
)

select
    c.agent_id,
    c.suggestion,
    c.proposed,
    c.declined,
    c.taken
from count_cases as c
inner join night.stg_agents as a on c.agent_id = a.agent_id
where
    c.declined >= $fewest_declines
    and c.declined >= $declines_per_taken * c.taken
    and (c.suggestion <> 'style_tags' or array_contains(a.style_tags, c.proposed))
    and (c.suggestion <> 'categories_excluded' or not coalesce(array_contains(a.categories_excluded, c.proposed), false))
order by c.agent_id, c.suggestion, c.proposed
