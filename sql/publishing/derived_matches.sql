-- One row: one listed SKU matched with one agent: a kept match, or one that replaces a SKU that left.
-- Why: nothing was computed for a new pair, so its fit is put no higher than the least of her kept matches.
with list_matches as (
    select
        agent_id,
        sku_id,
        0 as is_new,
        match_rank as place,
        fit,
        expected_kept_units,
        units_reserved,
        propensity,
        reasons,
        acceptance
    from night.derived_matches_kept
    union all
    select
        f.agent_id,
        f.sku_id,
        1 as is_new,
        l.list_rank as place,
        o.least_fit as fit,
        least(g.demand_per_post, cast(f.units_reserved as double)) * (1 - l.return_rate) as expected_kept_units,
        f.units_reserved,
        cast(null as double) as propensity,
        array['stepped_in'] as reasons,
        cast(null as double) as acceptance
    from night.derived_refills as f
    inner join night.sku_list as l on f.sku_id = l.sku_id
    inner join night.derived_skus as g on f.sku_id = g.sku_id
    inner join night.derived_openings as o on f.agent_id = o.agent_id
)

select
    agent_id,
    cast(row_number() over (partition by agent_id order by is_new, place, sku_id) as integer) as match_rank,
    sku_id,
    fit,
    expected_kept_units,
    cast(units_reserved as bigint) as units_reserved,
    propensity,
    reasons,
    acceptance
from list_matches
