-- One row: one SKU that may be listed, as the earlier run knew it.
-- Why: a recall does not open the warehouse; only what was recalled has changed since.
select
    s.sku_id,
    s.title,
    s.category,
    s.supplier_id,
    s.list_price,
    s.sellable_units,
    cast(null as varchar) as ban_id,
    coalesce(l.role = 'pinned', false) as is_pin_approved,
    cast(null as bigint) as danger_reports,
    cast(null as date) as danger_since_on
from history.base_scorecard as s
left join history.base_list as l on s.sku_id = l.sku_id
order by s.sku_id
