-- One row: one active agent with the slots she asked for, her matches and, where they are fewer, why.
-- Why: an agent must learn whether her own rules or the stock left her short.
with add_up as (
    select
        agent_id,
        count(*) as matches_given,
        sum(cast(fit as decimal(18, 9))) / cast(count(*) as double) as mean_fit,
        cast(sum(cast(expected_kept_units as decimal(18, 9))) as double) as expected_kept_units,
        cast(sum(cast(expected_units as decimal(18, 9))) as double) as expected_units,
        cast(sum(cast(expected_regrets as decimal(18, 9))) as double) as expected_regrets
    from night.int_matches
    group by agent_id
)

select
    n.agent_id,
    n.slots_asked,
    cast(coalesce(a.matches_given, 0) as integer) as matches_given,
    case
        when coalesce(a.matches_given, 0) >= n.slots_asked then cast(null as varchar)
        when n.permitted_skus = 0 then 'nothing_permitted'
        when n.permitted_skus < n.slots_asked then 'few_permitted'
        when n.stocked_skus < n.slots_asked then 'few_in_stock'
        else 'stock_shared_out'
    end as shortfall_code,
    a.mean_fit,
    coalesce(a.expected_kept_units, cast(0 as double)) as expected_kept_units,
    a.expected_regrets / nullif(cast(a.expected_units as double), 0) as expected_regret_rate
from night.int_match_needs as n
left join add_up as a on n.agent_id = a.agent_id
order by n.agent_id
