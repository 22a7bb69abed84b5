-- One row: one agent and her persona as she had set it at the end of $as_of_date; one without slots has paused.
-- Why: agents who paused or left stay in: their past orders still need them. A category path has one spelling.
with pick_newest as (
    select
        agent_id,
        joined_on,
        status,
        price_min,
        price_max,
        min_satisfaction,
        max_landmine_probability,
        categories_wanted,
        categories_excluded,
        style_tags,
        series_tags,
        daily_slots,
        updated_at
    from source.agents
    where known_on <= $as_of_date
    qualify row_number() over (partition by agent_id order by updated_at desc, row_hash desc) = 1
),

list_paths as (
    select
        n.agent_id,
        true as is_wanted,
        u.path
    from pick_newest as n
    cross join unnest(n.categories_wanted) as u (path)
    union all
    select
        n.agent_id,
        false as is_wanted,
        u.path
    from pick_newest as n
    cross join unnest(n.categories_excluded) as u (path)
),

spell_paths as (
    select distinct
        agent_id,
        is_wanted,
        regexp_replace(regexp_replace(trim(path), '[\s　]*[/／]+[\s　]*', '/', 'g'), '^/|/$', '', 'g') as path
    from list_paths
),

gather_paths as (
    select
        agent_id,
        array_sort(array_agg(path) filter (where is_wanted)) as wanted,
        array_sort(array_agg(path) filter (where not is_wanted)) as excluded
    from spell_paths
    group by agent_id
)

select
    n.agent_id,
    n.joined_on,
    case when n.status = 'active' and n.daily_slots = 0 then 'paused' else n.status end as status,
    n.price_min,
    n.price_max,
    n.min_satisfaction,
    n.max_landmine_probability,
    coalesce(g.wanted, cast([] as varchar[])) as categories_wanted,
    coalesce(g.excluded, cast([] as varchar[])) as categories_excluded,
    n.style_tags,
    n.series_tags,
    -- A post every two minutes of sixteen hours: nobody recommends more, and an absurd wish must not crowd out the rest.
    least(n.daily_slots, 500) as daily_slots,
    n.updated_at
from pick_newest as n
left join gather_paths as g on n.agent_id = g.agent_id
