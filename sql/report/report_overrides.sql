-- One row is a merchandiser's decision, in force, to come or ended lately, held against what has happened.
-- A pin is judged from its start, a ban by the days before it; both against their category's outcomes on the same days.
with find_windows as (
    select
        o.override_id,
        o.sku_id,
        o.action,
        o.starts_on,
        o.ends_on,
        o.reason,
        o.author,
        o.approved_by,
        o.created_at,
        p.title,
        p.category,
        case
            when o.starts_on > $list_date then 'to_come'
            when coalesce(o.ends_on, $list_date) < $list_date then 'ended'
            else 'in_force'
        end as state,
        case
            when o.action = 'ban' then cast(o.starts_on - $judged_days * interval 1 day as date)
            else o.starts_on
        end as first_on,
        case
            when o.action = 'ban' then least(cast(o.starts_on - 1 * interval 1 day as date), $as_of_date)
            else least(coalesce(o.ends_on, $as_of_date), $as_of_date)
        end as last_on
    from night.stg_overrides as o
    left join night.stg_products as p on o.sku_id = p.sku_id
    where coalesce(o.ends_on, $list_date) >= cast($list_date - $judged_days * interval 1 day as date)
),

list_days as (
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
    where p.category in (select category from find_windows)
    group by p.category, d.delivered_on
),

judge_sku as (
    select
        w.override_id,
        sum(d.delivered_lines) as delivered_lines,
        sum(d.regretted_lines) as regretted_lines
    from find_windows as w
    inner join list_days as d on w.sku_id = d.sku_id and w.first_on <= d.delivered_on and w.last_on >= d.delivered_on
    group by w.override_id
),

judge_category as (
    select
        w.override_id,
        sum(d.delivered_lines) as delivered_lines,
        sum(d.regretted_lines) as regretted_lines
    from find_windows as w
    inner join add_up_category_days as d
        on w.category = d.category and w.first_on <= d.delivered_on and w.last_on >= d.delivered_on
    group by w.override_id
),

sell_days as (
    select
        sku_id,
        ordered_on,
        sum(quantity - returned_units) as kept_units
    from history.order_line_timeline
    where
        valid_from <= $as_of_date
        and valid_to > $as_of_date
        and status <> 'cancelled'
        and ordered_on >= (select min(first_on) from find_windows)
        and ordered_on <= $as_of_date
    group by sku_id, ordered_on
),

value_places as (
    select
        m.list_date,
        coalesce(sum(s.kept_units), 0) / cast(count(*) as double) as kept_units
    from history.listed as m
    left join sell_days as s on m.sku_id = s.sku_id and m.list_date = s.ordered_on
    group by m.list_date
),

compare_places as (
    select
        w.override_id,
        count(*) as listed_days,
        sum(coalesce(s.kept_units, 0)) as listed_kept_units,
        sum(cast(v.kept_units as decimal(18, 9))) as place_kept_units
    from find_windows as w
    inner join history.listed as m on w.sku_id = m.sku_id and w.first_on <= m.list_date and w.last_on >= m.list_date
    inner join value_places as v on m.list_date = v.list_date
    left join sell_days as s on w.sku_id = s.sku_id and m.list_date = s.ordered_on
    group by w.override_id
),

count_sold as (
    select
        w.override_id,
        sum(s.kept_units) as kept_units
    from find_windows as w
    inner join sell_days as s on w.sku_id = s.sku_id and w.first_on <= s.ordered_on and w.last_on >= s.ordered_on
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
    pins.refusal_code,
    cast(coalesce(n.kept_units, 0) as bigint) as kept_units,
    cast(coalesce(j.delivered_lines, 0) as bigint) as delivered_lines,
    cast(coalesce(j.regretted_lines, 0) as bigint) as regretted_lines,
    cast(coalesce(c.delivered_lines, 0) as bigint) as category_lines,
    cast(coalesce(c.regretted_lines, 0) as bigint) as category_regretted_lines,
    cast(coalesce(v.listed_days, 0) as bigint) as listed_days,
    cast(coalesce(v.listed_kept_units, 0) as bigint) as listed_kept_units,
    cast(coalesce(v.place_kept_units, 0) as double) as place_kept_units
from find_windows as w
left join night.sku_list as l on w.sku_id = l.sku_id
left join night.int_selection_pins as pins on w.sku_id = pins.sku_id and w.action = 'pin'
left join judge_sku as j on w.override_id = j.override_id
left join judge_category as c on w.override_id = c.override_id
left join count_sold as n on w.override_id = n.override_id
left join compare_places as v on w.override_id = v.override_id
order by w.state desc, w.starts_on desc, w.override_id
