-- One row: one listed SKU matched with one agent for the list date, best first.
-- Why: each reason quotes a figure that a query over the agent's own data gives again; exploration is named as such.
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
    c.match_rank,
    c.sku_id,
    c.fit,
    c.expected_kept_units,
    c.units_reserved,
    c.propensity,
    string_split(
        concat_ws(
            '|',
            case when c.is_own_pick then 'own_pick' end,
            'given_by_chance:propensity=' || cast(cast(c.propensity as decimal(7, 5)) as varchar),
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
    ) as reasons,
    c.acceptance
from night.int_matches as c
inner join describe_skus as g on c.sku_id = g.sku_id
inner join describe_prices as a on c.agent_id = a.agent_id
left join describe_outcomes as h on c.agent_id = h.agent_id and g.category = h.category
left join night.int_agent_sku_outcomes as o on c.agent_id = o.agent_id and c.sku_id = o.sku_id
left join describe_answers as t on c.agent_id = t.agent_id and g.category = t.category
