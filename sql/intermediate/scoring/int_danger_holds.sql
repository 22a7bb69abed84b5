-- One row: one SKU that is off the list for $list_date until people have looked: how many reported danger, and since when.
-- Why: two people may clear what was known before their day; a report that became known later holds the SKU again.
with find_clearings as (
    select
        sku_id,
        max(cast(created_at as date)) as cleared_on
    from night.stg_overrides
    where
        action = 'clear'
        and approved_by <> ''
        and approved_by <> author
        and starts_on <= $list_date
        and coalesce(ends_on, $list_date) >= $list_date
    group by sku_id
)

select
    r.sku_id,
    min(r.reported_on) as since_on,
    cast(count(distinct case when r.is_from_chat then 'm' else 'r' end || r.report_id) as bigint) as reports,
    cast(count(distinct r.sender_key) as bigint) as accounts
from night.int_danger_reports as r
left join find_clearings as c on r.sku_id = c.sku_id
where r.sku_id is not null and (c.cleared_on is null or r.known_on >= c.cleared_on)
group by r.sku_id
having max(case when r.is_enough then 1 else 0 end) = 1 or count(distinct r.sender_key) >= $danger_accounts
