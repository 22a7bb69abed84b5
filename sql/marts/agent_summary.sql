-- One row: one active agent with the slots she asked for, her matches and, where they are fewer, why.
-- Why: an agent must learn whether her own rules or the stock left her short, and what her limit on risk costs her.
with find_last_dates as (
    select
        m.agent_id,
        max(m.list_date) as last_date
    from history.matched as m
    where m.list_date <= $as_of_date
    group by m.agent_id
),

-- What she has not answered, on a day on which no post of hers is known, counts neither way.
judge_last_dates as (
    select
        h.agent_id,
        count(*) filter (where h.answer = 'accepted' or h.is_posted) / cast(count(*) as double) as accepted_last
    from night.int_answer_history as h
    inner join find_last_dates as d on h.agent_id = d.agent_id and h.list_date = d.last_date
    inner join history.matched as m
        on h.agent_id = m.agent_id and h.sku_id = m.sku_id and h.list_date = m.list_date
    group by h.agent_id
),

list_last_nights as (
    select
        agent_id,
        nights_short
    from history.short_nights
    where list_date = (select max(h.list_date) from history.short_nights as h)
)

select
    n.agent_id,
    n.slots_asked,
    cast(coalesce(a.matches_given, 0) as integer) as matches_given,
    case
        when coalesce(a.matches_given, 0) >= n.slots_asked then cast(null as varchar)
        when n.permitted_skus < n.slots_asked and n.permitted_skus + n.unkept_skus >= n.slots_asked then 'few_keep'
        when n.permitted_skus = 0 then 'nothing_permitted'
        when n.permitted_skus < n.slots_asked then 'few_permitted'
        when n.stocked_skus < n.slots_asked then 'few_in_stock'
        else 'stock_shared_out'
    end as shortfall_code,
    a.fit / cast(a.matches_given as double) as mean_fit,
    coalesce(a.expected_kept_units, cast(0 as double)) as expected_kept_units,
    a.expected_regrets / nullif(cast(a.expected_units as double), 0) as expected_regret_rate,
    p.max_landmine_probability,
    a.expected_landmines / cast(a.matches_given as double) as landmine_share,
    case when a.expected_landmines > 1 then cast(1 as double) else a.expected_landmines end as any_landmine_probability,
    case when p.max_landmine_probability is not null then n.permitted_skus end as suited_skus,
    n.permitted_at_any_risk as suited_skus_at_any_risk,
    a.acceptance / cast(a.matches_given as double) as acceptance,
    j.accepted_last,
    case
        when 2 * coalesce(a.matches_given, 0) < n.slots_asked then 1 + coalesce(e.nights_short, 0) else 0
    end as nights_short,
    z.members,
    z.size_class,
    w.weakest_kept_units,
    r.recommended_lines,
    r.kept_lines,
    r.returned_lines,
    r.feedback_voices,
    r.happy_voices,
    coalesce(r.declined_skus, 0) as declined_skus,
    coalesce(r.declined_right, 0) as declined_right,
    coalesce(r.declined_fine, 0) as declined_fine
from night.int_match_needs as n
inner join night.stg_agents as p on n.agent_id = p.agent_id
left join night.int_agent_slates as a on n.agent_id = a.agent_id
left join judge_last_dates as j on n.agent_id = j.agent_id
left join list_last_nights as e on n.agent_id = e.agent_id
left join night.int_agent_sizes as z on n.agent_id = z.agent_id
left join night.int_weakest_tenths as w on z.size_class = w.size_class
left join night.int_agent_records as r on n.agent_id = r.agent_id
order by n.agent_id
