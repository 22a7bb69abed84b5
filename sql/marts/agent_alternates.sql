-- One row: one listed SKU that an agent may post instead of a match, best swap first.
-- Why: she chooses by the same reasons as for a match, in the same words.
with describe_prices as (
    select
        agent_id,
        case
            when price_min is not null and price_max is not null then 'price_in_band:price='
            when price_max is not null then 'price_at_most:price='
            when price_min is not null then 'price_at_least:price='
        end as price_rule,
        concat(',min=' || cast(price_min as varchar), ',max=' || cast(price_max as varchar)) as price_bounds
    from night.stg_agents
),

describe_skus as (
    select
        sku_id,
        category,
        'kept_share:category=' || replace(category, ',', ' ') || ',kept=' as kept_share,
        cast(cast(list_price as decimal(12, 2)) as varchar) as price
    from night.sku_list
),

describe_outcomes as (
    select
        agent_id,
        category,
        cast(cast((delivered_units - returned_units) / cast(delivered_units as double) as decimal(5, 2)) as varchar)
        || ',units=' || cast(delivered_units as varchar) as kept
    from night.int_agent_category_outcomes
    where delivered_units >= $quoted_units
),

count_answers as (
    select
        h.agent_id,
        p.category,
        count(*) filter (where h.answer = 'accepted') as taken,
        count(*) as answered
    from night.int_answer_history as h
    inner join night.stg_products as p on h.sku_id = p.sku_id
    where h.answer is not null
    group by h.agent_id, p.category
),

describe_answers as (
    select
        agent_id,
        category,
        'like_taken:category=' || replace(category, ',', ' ') || ',taken=' || cast(taken as varchar)
        || ',answered=' || cast(answered as varchar) as told
    from count_answers
    where taken >= $quoted_answers and 2 * taken > answered
)

select
    c.agent_id,
    c.alternate_rank,
    c.sku_id,
    c.fit,
    c.acceptance,
    c.expected_kept_units,
    string_split(
        concat_ws(
            '|',
            g.kept_share || h.kept,
            case when o.ordered_units > 0 then 'bought_before:units=' || cast(o.ordered_units as varchar) end,
            t.told,
            a.price_rule || g.price || a.price_bounds,
            'wanted_category:category=' || replace(c.wanted_category, ',', ' '),
            'style_match:tag=' || replace(c.style_tag, ',', ' '),
            'series_match:tag=' || replace(c.series_tag, ',', ' '),
            'expected_kept:units=' || cast(cast(c.expected_kept_units as decimal(12, 2)) as varchar)
        ),
        '|'
    ) as reasons
from temp.int_alternates as c
inner join describe_skus as g on c.sku_id = g.sku_id
inner join describe_prices as a on c.agent_id = a.agent_id
left join describe_outcomes as h on c.agent_id = h.agent_id and g.category = h.category
left join night.int_agent_sku_outcomes as o on c.agent_id = o.agent_id and c.sku_id = o.sku_id
left join describe_answers as t on c.agent_id = t.agent_id and g.category = t.category
