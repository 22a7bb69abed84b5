-- One row: one listed SKU given to one agent for the list date, best first.
-- Why: each reason quotes a figure of hers that a query over her own data gives again; chance says that it was chance.
with list_facts as (
    select
        c.agent_id,
        c.match_rank,
        c.sku_id,
        c.fit,
        c.expected_kept_units,
        c.units_reserved,
        c.propensity,
        replace(c.style_tag, ',', ' ') as style_tag,
        replace(c.series_tag, ',', ' ') as series_tag,
        replace(c.wanted_category, ',', ' ') as wanted_category,
        replace(s.category, ',', ' ') as category,
        cast(cast(s.list_price as decimal(12, 2)) as varchar) as price,
        cast(a.price_min as varchar) as price_min,
        cast(a.price_max as varchar) as price_max,
        h.delivered_units,
        cast(
            cast((h.delivered_units - h.returned_units) / cast(h.delivered_units as double) as decimal(5, 2)) as varchar
        ) as kept,
        o.ordered_units
    from night.int_match_choices as c
    inner join night.sku_list as s on c.sku_id = s.sku_id
    inner join night.int_agent_personas as a on c.agent_id = a.agent_id
    left join night.int_agent_category_outcomes as h on c.agent_id = h.agent_id and s.category = h.category
    left join night.int_agent_sku_outcomes as o on c.agent_id = o.agent_id and c.sku_id = o.sku_id
)

select
    agent_id,
    match_rank,
    sku_id,
    fit,
    expected_kept_units,
    units_reserved,
    propensity,
    string_split(
        concat_ws(
            '|',
            case
                when propensity is not null
                    then 'given_by_chance:propensity=' || cast(cast(propensity as decimal(7, 5)) as varchar)
            end,
            case
                when delivered_units >= $quoted_units
                    then
                        'kept_share:category=' || category || ',kept=' || kept
                        || ',units=' || cast(delivered_units as varchar)
            end,
            case when ordered_units > 0 then 'bought_before:units=' || cast(ordered_units as varchar) end,
            case
                when price_min is not null and price_max is not null
                    then 'price_in_band:price=' || price || ',min=' || price_min || ',max=' || price_max
                when price_max is not null then 'price_at_most:price=' || price || ',max=' || price_max
                when price_min is not null then 'price_at_least:price=' || price || ',min=' || price_min
            end,
            case when wanted_category is not null then 'wanted_category:category=' || wanted_category end,
            case when style_tag is not null then 'style_match:tag=' || style_tag end,
            case when series_tag is not null then 'series_match:tag=' || series_tag end,
            'expected_kept:units=' || cast(cast(expected_kept_units as decimal(12, 2)) as varchar)
        ),
        '|'
    ) as reasons
from list_facts
