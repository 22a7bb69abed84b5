-- One row: a SKU that an agent proposes for $list_date, with the first rule that it fails, or none.
-- Why: the gate reads the SKU and her own rules, as of any match, and nothing of how many propose it or who they are.
with list_picks as (
    select
        agent_id,
        sku_id,
        updated_at as asked_at
    from night.stg_match_answers
    where answer = 'own_pick' and list_date = $list_date
),

find_exclusions as (
    select
        p.agent_id,
        p.sku_id,
        min(u.path) as excluded_path
    from list_picks as p
    inner join night.stg_agents as a on p.agent_id = a.agent_id
    inner join night.sku_scores as s on p.sku_id = s.sku_id
    cross join unnest(a.categories_excluded) as u (path)
    where s.category = u.path or starts_with(s.category, u.path || '/')
    group by p.agent_id, p.sku_id
),

judge_picks as (
    select
        p.agent_id,
        p.sku_id,
        p.asked_at,
        case
            when a.status is null or a.status <> 'active' then 'agent_inactive'
            when g.status is null or g.status <> 'active' then 'not_for_sale'
            when g.launched_on > $list_date then 'not_launched'
            when s.sku_id is null then 'out_of_season'
            when c.admission_code is not null then c.admission_code
            when s.list_price < a.price_min then 'below_price_band'
            when s.list_price > a.price_max then 'above_price_band'
            when coalesce(s.satisfaction_upper, s.satisfaction) < a.min_satisfaction then 'below_min_satisfaction'
            when e.sku_id is not null then 'excluded_category'
            when s.landmine_probability > a.max_landmine_probability then 'above_own_limit'
            when f.shelf_hours < w.upper_hours + $margin_hours then 'does_not_keep'
        end as gate_code,
        g.status,
        g.launched_on,
        g.season_start,
        g.season_end,
        cast(s.list_price as decimal(12, 2)) as list_price,
        s.category,
        coalesce(s.satisfaction_upper, s.satisfaction) as satisfaction,
        s.landmine_probability,
        a.price_min,
        a.price_max,
        a.min_satisfaction,
        a.max_landmine_probability,
        a.daily_slots,
        e.excluded_path,
        cast(floor(f.shelf_hours) as bigint) as shelf_hours,
        cast(ceil(w.upper_hours + $margin_hours) as bigint) as needed_hours
    from list_picks as p
    left join night.stg_agents as a on p.agent_id = a.agent_id
    left join night.stg_products as g on p.sku_id = g.sku_id
    left join night.sku_scores as s on p.sku_id = s.sku_id
    left join night.int_selection_candidates as c on p.sku_id = c.sku_id
    left join find_exclusions as e on p.agent_id = e.agent_id and p.sku_id = e.sku_id
    left join night.int_perishables as f on p.sku_id = f.sku_id
    left join night.int_agent_waiting as w on p.agent_id = w.agent_id
),

number_picks as (
    -- Her newest come first; one that fails the gate takes no slot from one that passes.
    select
        j.*,
        row_number() over (
            partition by j.agent_id, j.gate_code is null
            order by j.asked_at desc, j.sku_id asc
        ) as nth,
        row_number() over (order by j.asked_at, j.agent_id, j.sku_id) as asked_nth
    from judge_picks as j
)

select
    n.agent_id,
    n.sku_id,
    n.asked_nth,
    n.nth,
    n.gate_code,
    n.status,
    n.launched_on,
    n.season_start,
    n.season_end,
    n.list_price,
    n.category,
    n.satisfaction,
    n.landmine_probability,
    n.price_min,
    n.price_max,
    n.min_satisfaction,
    n.max_landmine_probability,
    n.daily_slots,
    n.excluded_path,
    n.shelf_hours,
    n.needed_hours
from number_picks as n
order by n.agent_id, n.sku_id
