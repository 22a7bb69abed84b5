-- One row: one listed SKU that an agent may post instead of a match, best swap first.
-- Why: she chooses by the same reasons as for a match, in the same words.
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
            h.kept,
            case when o.ordered_units > 0 then 'bought_before:units=' || cast(o.ordered_units as varchar) end,
            h.liked,
            case
                when p.shelf_hours >= w.upper_hours + 24
                    then
                        'pick_up_within:days='
                        || cast(cast(floor((p.shelf_hours - w.upper_hours) / cast(24 as double)) as integer) as varchar)
                when p.shelf_hours is not null then 'pick_up_same_day'
            end,
            a.price_rule || cast(cast(g.list_price as decimal(12, 2)) as varchar) || a.price_bounds,
            'wanted_category:category=' || replace(c.wanted_category, ',', ' '),
            'style_match:tag=' || replace(c.style_tag, ',', ' '),
            'series_match:tag=' || replace(c.series_tag, ',', ' '),
            'expected_kept:units=' || cast(cast(c.expected_kept_units as decimal(12, 2)) as varchar)
        ),
        '|'
    ) as reasons
from temp.int_alternates as c
inner join night.sku_list as g on c.sku_id = g.sku_id
inner join night.int_quoted_agents as a on c.agent_id = a.agent_id
left join night.int_quoted_categories as h on c.agent_id = h.agent_id and g.category = h.category
left join night.int_agent_sku_outcomes as o on c.agent_id = o.agent_id and c.sku_id = o.sku_id
left join night.int_perishables as p on c.sku_id = p.sku_id
left join night.int_agent_waiting as w on c.agent_id = w.agent_id
