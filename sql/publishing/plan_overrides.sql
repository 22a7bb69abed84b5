-- One row: a pin or ban in force for $list_date, without who decided it and why.
-- Why: a plan has to know whether a second person approved, and nobody's name.
select
    override_id,
    sku_id,
    action,
    starts_on,
    ends_on,
    'author' as author,
    case when approved_by <> '' and approved_by <> author then 'approver' else '' end as approved_by
from night.stg_overrides
where starts_on <= $list_date and coalesce(ends_on, $list_date) >= $list_date
order by override_id, sku_id
