-- One row: one active agent with what she asked for and what the new list gives her.
-- Why: an agent who lost nothing keeps her figures; an empty slot gets the code that SKUs left the list.
with add_up as (
    select
        m.agent_id,
        count(*) as matches_given,
        sum(cast(m.fit as decimal(18, 9))) / cast(count(*) as double) as mean_fit,
        cast(sum(cast(m.expected_kept_units as decimal(18, 9))) as double) as expected_kept_units,
        sum(cast(m.expected_kept_units * l.regret_rate as decimal(18, 9)))
        / nullif(cast(sum(cast(m.expected_kept_units as decimal(18, 9))) as double), 0) as expected_regret_rate,
        count(k.sku_id) as kept
    from night.agent_matches as m
    inner join night.sku_list as l on m.sku_id = l.sku_id
    left join history.base_matches as k
        on
            m.agent_id = k.agent_id
            and m.sku_id = k.sku_id
            and m.units_reserved = k.units_reserved
    group by m.agent_id
)

select
    a.agent_id,
    a.daily_slots as slots_asked,
    cast(coalesce(t.matches_given, 0) as integer) as matches_given,
    case
        when coalesce(t.matches_given, 0) >= a.daily_slots then cast(null as varchar)
        else coalesce(s.shortfall_code, 'left_the_list')
    end as shortfall_code,
    t.mean_fit,
    coalesce(t.expected_kept_units, cast(0 as double)) as expected_kept_units,
    case
        when t.kept = t.matches_given and t.kept = s.matches_given then s.expected_regret_rate
        else t.expected_regret_rate
    end as expected_regret_rate
from night.stg_agents as a
left join add_up as t on a.agent_id = t.agent_id
left join history.base_summary as s on a.agent_id = s.agent_id
where a.status = 'active'
order by a.agent_id
