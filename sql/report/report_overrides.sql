-- One row: one merchandiser's decision, in force, to come or ended lately, compared with what has happened.
-- Why: regrets of the SKU alone say little; they are compared with those of its category on the same days.
with list_days as (
    select
        sku_id,
        delivered_on,
        delivered_lines,
        0 as regretted_lines
    from night.int_sku_daily
    where delay_days is null
    union all
    select
        sku_id,
        delivered_on,
        0 as delivered_lines,
        lines as regretted_lines
    from night.int_sku_outcomes
    where metric = 'regret'
),

add_up_category_days as (
    select
        p.category,
        d.delivered_on,
        sum(d.delivered_lines) as delivered_lines,
        sum(d.regretted_lines) as regretted_lines
    from list_days as d
    inner join night.stg_products as p on d.sku_id = p.sku_id
    where p.category in (select category from night.report_override_windows)
    group by p.category, d.delivered_on
),

count_matches as (
    select
        sku_id,
        count(*) as agents
    from night.agent_matches
    group by sku_id
),

judge_sku as (
    select
        w.override_id,
        sum(d.delivered_lines) as delivered_lines,
        sum(d.regretted_lines) as regretted_lines
    from night.report_override_windows as w
    inner join list_days as d on w.sku_id = d.sku_id and w.first_on <= d.delivered_on and w.last_on >= d.delivered_on
    group by w.override_id
),

judge_category as (
    select
        w.override_id,
        sum(d.delivered_lines) as delivered_lines,
        sum(d.regretted_lines) as regretted_lines
    from night.report_override_windows as w
    inner join add_up_category_days as d
        on w.category = d.category and w.first_on <= d.delivered_on and w.last_on >= d.delivered_on
    group by w.override_id
)

select
    w.override_id,
    w.sku_id,
    w.action,
    w.starts_on,
    w.ends_on,
    w.reason,
    w.author,
    w.approved_by,
    w.created_at,
    w.title,
    w.category,
    w.state,
    l.list_rank,
    cast(coalesce(m.agents, 0) as bigint) as agents,
    pins.refusal_code,
    h.sku_id is not null as is_held,
    s.kept_units,
    cast(coalesce(j.delivered_lines, 0) as bigint) as delivered_lines,
    cast(coalesce(j.regretted_lines, 0) as bigint) as regretted_lines,
    cast(coalesce(c.delivered_lines, 0) as bigint) as category_lines,
    cast(coalesce(c.regretted_lines, 0) as bigint) as category_regretted_lines,
    s.listed_days,
    s.given_days,
    s.listed_kept_units,
    s.place_kept_units
from night.report_override_windows as w
left join night.sku_list as l on w.sku_id = l.sku_id
left join count_matches as m on w.sku_id = m.sku_id
left join night.int_selection_pins as pins on w.sku_id = pins.sku_id and w.action = 'pin'
inner join night.report_override_sales as s on w.override_id = s.override_id
left join night.int_danger_holds as h on w.sku_id = h.sku_id
left join judge_sku as j on w.override_id = j.override_id
left join judge_category as c on w.override_id = c.override_id
order by w.state desc, w.starts_on desc, w.override_id
