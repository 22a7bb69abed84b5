-- One row: one SKU that may be listed on $list_date as the warehouse knows it now, with bans, approved pins, reports of danger.
-- Why: what is withdrawn, paused or out of season is no row here, so it cannot stay on a list made from an earlier one.
with find_overrides as (
    select
        sku_id,
        min(case when action = 'ban' then override_id end) as ban_id,
        max(case when action = 'pin' and approved_by <> '' and approved_by <> author then 1 else 0 end) = 1
            as is_pin_approved
    from night.stg_overrides
    where starts_on <= $list_date and coalesce(ends_on, $list_date) >= $list_date
    group by sku_id
)

select
    c.sku_id,
    c.title,
    c.category,
    c.supplier_id,
    c.list_price,
    c.sellable_units,
    o.ban_id,
    coalesce(o.is_pin_approved, false) as is_pin_approved,
    h.reports as danger_reports,
    h.since_on as danger_since_on,
    c.offer_until,
    c.offer_reason
from night.int_candidates as c
left join find_overrides as o on c.sku_id = o.sku_id
left join night.int_danger_holds as h on c.sku_id = h.sku_id
order by c.sku_id
