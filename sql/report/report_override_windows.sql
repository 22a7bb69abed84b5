-- One row: one merchandiser's decision, in force, to come or ended lately, and the days by which it is judged.
-- Why: a pin is judged from its start; a banned SKU hardly sells, so a ban is judged by the days before it.
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
