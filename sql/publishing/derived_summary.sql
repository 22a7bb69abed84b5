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
        cast(sum(cast(l.landmine_probability as decimal(18, 9))) as double) as expected_landmines,
        count(k.sku_id) as kept,
        sum(cast(m.acceptance as decimal(18, 9))) / nullif(cast(count(m.acceptance) as double), 0) as acceptance
    from night.agent_matches as m
    inner join night.sku_list as l on m.sku_id = l.sku_id
    left join history.base_matches as k
        on
            m.agent_id = k.agent_id
            and m.sku_id = k.sku_id
            and m.units_reserved = k.units_reserved
    group by m.agent_id
),

count_suited as (
    select
        a.agent_id,
        count(*) as at_any_risk,
        count(*) filter (where l.landmine_probability <= a.max_landmine_probability) as suited
    from night.stg_agents as a
    inner join night.sku_list as l
        on
            l.list_price >= coalesce(a.price_min, l.list_price)
            and l.list_price <= coalesce(a.price_max, l.list_price)
            and coalesce(l.satisfaction_upper, l.satisfaction) >= coalesce(a.min_satisfaction, 0)
    left join night.derived_exclusions as e on a.agent_id = e.agent_id and l.sku_id = e.sku_id
    where a.max_landmine_probability is not null and e.sku_id is null
    group by a.agent_id
),

list_last_nights as (
    select
        agent_id,
        nights_short
    from history.short_nights
    where list_date = (select max(h.list_date) from history.short_nights as h)
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
    end as expected_regret_rate,
    a.max_landmine_probability,
    t.expected_landmines / cast(t.matches_given as double) as landmine_share,
    case when t.expected_landmines > 1 then cast(1 as double) else t.expected_landmines end as any_landmine_probability,
    case when a.max_landmine_probability is not null then coalesce(c.suited, 0) end as suited_skus,
    case when a.max_landmine_probability is not null then coalesce(c.at_any_risk, 0) end as suited_skus_at_any_risk,
    t.acceptance,
    s.accepted_last,
    case
        when 2 * coalesce(t.matches_given, 0) < a.daily_slots then 1 + coalesce(e.nights_short, 0) else 0
    end as nights_short,
    s.members,
    s.size_class,
    w.weakest_kept_units,
    s.recommended_lines,
    s.kept_lines,
    s.returned_lines,
    s.feedback_voices,
    s.happy_voices,
    s.declined_skus,
    s.declined_right,
    s.declined_fine
from night.stg_agents as a
left join count_suited as c on a.agent_id = c.agent_id
left join add_up as t on a.agent_id = t.agent_id
left join history.base_summary as s on a.agent_id = s.agent_id
left join list_last_nights as e on a.agent_id = e.agent_id
left join night.int_weakest_tenths as w on s.size_class = w.size_class
where a.status = 'active'
order by a.agent_id
