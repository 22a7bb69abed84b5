-- One row: one candidate of the night with what the merchandiser decided about it and whether it may be listed at all.
-- Why: admission_code names the first reason that keeps a SKU off the list whatever its value; empty means admitted.
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

number_listings as (
    select
        sku_id,
        date_diff('day', list_date, $list_date) as days_ago,
        row_number() over (partition by sku_id order by list_date desc) as nth
    from memory.listed
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

join_facts as (
    select
        s.*,
        lower(regexp_replace(s.title, '[^\p{L}\p{N}]', '', 'g')) as title_key,
        o.ban_id,
        o.pin_id,
        o.pin_id is not null as has_pin,
        coalesce(o.is_approved, false) as is_approved,
        s.prior_only or s.evidence_orders < $explore_below_lines as is_new,
        cast(coalesce(c.days_on_list, 0) as integer) as days_on_list,
        coalesce(c.last_days_ago = l.days_ago, false) as was_listed
    from night.sku_scores as s
    left join find_overrides as o on s.sku_id = o.sku_id
    left join count_listings as c on s.sku_id = c.sku_id
    cross join find_last_list as l
),

decide_admission as (
    select
        *,
        case
            when ban_id is not null then 'banned_by_override'
            when sellable_units <= 0 then 'out_of_stock'
            when has_pin and is_gated and not is_approved then 'pin_unapproved'
            when has_pin then cast(null as varchar)
            when is_gated then 'over_landmine_cap'
            when score <= 0 then 'no_value'
        end as admission_code
    from join_facts
)

select
    *,
    admission_code is null as is_admitted,
    cast(row_number() over (order by sku_id) - 1 as bigint) as position
from decide_admission
