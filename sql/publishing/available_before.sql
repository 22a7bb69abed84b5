-- One row: one SKU that may be listed on $list_date, as the earlier run knew it.
-- Why: a recall does not open the warehouse; what was recalled has changed since, and offers end on their day.
select
    s.sku_id,
    s.title,
    s.category,
    s.supplier_id,
    s.list_price,
    case when s.offer_until < $list_date then 0 else s.sellable_units end as sellable_units,
    cast(null as varchar) as ban_id,
    coalesce(l.role = 'pinned', false) as is_pin_approved,
    cast(null as bigint) as danger_reports,
    cast(null as date) as danger_since_on,
    case when s.offer_until >= $list_date then s.offer_until end as offer_until,
    case
        when s.offer_until < $list_date then 'offer_ended:until=' || cast(s.offer_until as varchar)
    end as offer_reason
from history.base_scorecard as s
left join history.base_list as l on s.sku_id = l.sku_id
order by s.sku_id
