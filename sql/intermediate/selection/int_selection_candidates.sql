-- One row: one candidate of the night with what merchandisers decided about it and whether it may be listed at all.
-- Why: admission_code names the first thing that keeps a SKU off; where nothing suits any agent, that is no obstacle.
with find_overrides as (
    select
        sku_id,
        min(case when action = 'ban' then override_id end) as ban_id,
        min(case when action = 'pin' then override_id end) as pin_id,
        max(case when action = 'pin' and approved_by <> '' and approved_by <> author then 1 else 0 end) = 1
            as is_approved
    from night.stg_overrides
    where starts_on <= $list_date and coalesce(ends_on, $list_date) >= $list_date
    group by sku_id
),

find_banned_kin as (
    select
        k.sku_id,
        k.kin_sku_id as banned_kin_id,
        o.ban_id as kin_ban_id
    from night.int_kin as k
    inner join find_overrides as o on k.kin_sku_id = o.sku_id
    where k.kin_by <> 'spu' and k.lines < $kin_lines and o.ban_id is not null
    qualify row_number() over (partition by k.sku_id order by k.nearness desc, k.kin_sku_id asc, k.kin_by asc) = 1
),

find_dangerous_kin as (
    select
        k.sku_id,
        min(k.kin_sku_id) as dangerous_kin_id
    from night.int_kin as k
    inner join night.int_danger_holds as h on k.kin_sku_id = h.sku_id
    where k.kin_by <> 'spu' and k.lines < $kin_lines
    group by k.sku_id
),

number_listings as (
    select
        sku_id,
        date_diff('day', list_date, $list_date) as days_ago,
        row_number() over (partition by sku_id order by list_date desc) as nth
    from history.listed
    where list_date < $list_date
),

count_listings as (
    select
        sku_id,
        max(case when days_ago = nth then nth else 0 end) as days_on_list,
        min(days_ago) as last_days_ago
    from number_listings
    group by sku_id
),

find_last_list as (
    select min(last_days_ago) as days_ago
    from count_listings
),

count_suited as (
    select count(*) as skus
    from night.int_suited_skus
),

count_usual_agents as (
    -- On a platform whose SKUs are each sold by one or two agents, no SKU can have more.
    select least($core_agents, greatest(coalesce(floor(avg(agents)), 1), 1)) as agents
    from night.sku_scores
    where witnesses >= $explore_below_lines
),

decide_admission as (
    select
        s.sku_id,
        case
            when o.ban_id is not null then 'banned_by_override'
            when h.sku_id is not null then 'danger_reported'
            when e.sku_id is not null and not coalesce(o.pin_id is not null and o.is_approved, false)
                then 'twin_of_danger'
            when s.offer_code is not null then s.offer_code
            when s.sellable_units <= 0 then 'out_of_stock'
            -- Another variant of an SPU may be good; under the same name or picture it takes a pin to say so.
            when b.sku_id is not null and o.pin_id is null then 'twin_of_banned'
            when o.pin_id is not null and s.is_gated and not o.is_approved then 'pin_unapproved'
            when o.pin_id is not null then cast(null as varchar)
            when s.is_gated then 'over_landmine_cap'
            when s.agents_share < $least_agents or s.agents_share = 0 then 'keeps_for_few_agents'
            when u.sku_id is null and a.skus > 0 then 'suits_no_agent'
            when s.score <= 0 then 'no_value'
        end as admission_code,
        o.ban_id,
        o.pin_id,
        b.banned_kin_id,
        b.kin_ban_id,
        e.dangerous_kin_id,
        h.reports as danger_reports,
        h.since_on as danger_since_on,
        cast(coalesce(c.days_on_list, 0) as integer) as days_on_list,
        coalesce(c.last_days_ago = l.days_ago, false) as was_listed
    from night.sku_scores as s
    left join find_overrides as o on s.sku_id = o.sku_id
    left join find_banned_kin as b on s.sku_id = b.sku_id
    left join find_dangerous_kin as e on s.sku_id = e.sku_id
    left join night.int_danger_holds as h on s.sku_id = h.sku_id
    left join count_listings as c on s.sku_id = c.sku_id
    left join night.int_suited_skus as u on s.sku_id = u.sku_id
    cross join find_last_list as l
    cross join count_suited as a
)

select
    s.sku_id,
    cast(row_number() over (order by s.sku_id) - 1 as bigint) as position,
    d.admission_code,
    d.admission_code is null as is_admitted,
    d.ban_id,
    d.pin_id,
    d.banned_kin_id,
    d.kin_ban_id,
    d.dangerous_kin_id,
    d.pin_id is not null as is_pinned,
    d.danger_reports,
    d.danger_since_on,
    d.days_on_list,
    d.was_listed,
    s.prior_only or s.witnesses < $explore_below_lines or s.agents < a.agents as is_new,
    s.season_start is not null or s.season_end is not null as is_seasonal,
    s.is_clearance,
    s.is_cold_chain,
    s.is_gated,
    s.spu_id,
    lower(regexp_replace(s.title, '[^\p{L}\p{N}]', '', 'g')) as title_key,
    s.category,
    s.supplier_id,
    cast(s.list_price as double) as list_price,
    s.sellable_units,
    s.offer_reason,
    s.return_rate,
    s.landmine_probability,
    s.landmine_if_steady,
    s.landmine_if_changed,
    s.changed_alone,
    s.changed_with_supplier,
    s.sku_change_count,
    s.supplier_change_count,
    s.demand_per_post,
    s.unit_value,
    s.score,
    s.evidence_orders,
    cast(s.witnesses as double) as witnesses,
    s.agents,
    cast(a.agents as integer) as needed_agents,
    s.satisfaction,
    s.score_reasons,
    cast(floor(s.shelf_hours) as bigint) as shelf_hours,
    s.agents_share,
    case when s.shelf_hours is not null then cast($least_agents as double) end as needed_share
from night.sku_scores as s
inner join decide_admission as d on s.sku_id = d.sku_id
cross join count_usual_agents as a
order by s.sku_id
