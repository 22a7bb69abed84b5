-- One row is a listed SKU as the merchandiser judges it: the list's measures with their intervals and its stock cover.
-- Cover is in days at the expected sales of the day; an alarm counts that is raised on the SKU itself, a weak one not.
with count_matches as (
    select
        sku_id,
        count(*) as agents
    from night.agent_matches
    group by sku_id
),

count_alternates as (
    select
        sku_id,
        count(*) as agents
    from night.agent_alternates
    group by sku_id
),

find_last_list as (
    select
        sku_id,
        list_rank
    from history.listed
    qualify rank() over (order by list_date desc) = 1
),

find_alarms as (
    select entity_id as sku_id
    from night.alarms
    where level = 'sku' and (severity <> 'info' or metric = 'watch')
    group by entity_id
)

select
    l.list_rank,
    l.sku_id,
    l.title,
    l.category,
    l.supplier_id,
    l.list_price,
    l.role,
    l.score,
    l.expected_kept_units,
    l.return_rate,
    s.return_rate_lower,
    l.return_rate_upper,
    l.regret_rate,
    s.regret_rate_lower,
    l.regret_rate_upper,
    s.landmine_ceiling,
    l.landmine_probability,
    l.satisfaction,
    l.satisfaction_lower,
    l.satisfaction_upper,
    l.evidence_orders,
    l.evidence_messages,
    l.sellable_units,
    l.days_on_list,
    l.reasons,
    s.prior_only,
    p.is_clearance,
    c.is_new,
    coalesce(m.agents, 0) as agents,
    u.sku_id is not null as suits_somebody,
    b.list_rank as rank_before,
    l.sellable_units * (1 - l.return_rate) / cast(nullif(l.expected_kept_units, 0) as double) as cover_days,
    a.sku_id is not null as has_alarm,
    l.doubt_count,
    coalesce(o.agents, 0) as alternate_agents,
    s.demand_per_post,
    p.page_url,
    p.image_url,
    l.offer_until
from night.sku_list as l
inner join night.sku_scorecard as s on l.sku_id = s.sku_id
inner join night.stg_products as p on l.sku_id = p.sku_id
inner join night.int_selection_candidates as c on l.sku_id = c.sku_id
left join night.int_suited_skus as u on l.sku_id = u.sku_id
left join count_matches as m on l.sku_id = m.sku_id
left join count_alternates as o on l.sku_id = o.sku_id
left join find_last_list as b on l.sku_id = b.sku_id
left join find_alarms as a on l.sku_id = a.sku_id
order by l.list_rank
