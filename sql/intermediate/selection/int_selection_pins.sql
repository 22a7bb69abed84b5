-- One row: one SKU that merchandisers pinned for $list_date, with what keeps it off the list, if anything does.
-- Why: a pin of a SKU that is withdrawn, out of season or unknown has no scorecard row, and must not fail in silence.
with find_pins as (
    select sku_id
    from night.stg_overrides
    where action = 'pin' and starts_on <= $list_date and coalesce(ends_on, $list_date) >= $list_date
    group by sku_id
)

select
    p.sku_id,
    case when c.sku_id is null then 'not_a_candidate' else c.admission_code end as refusal_code
from find_pins as p
left join night.int_selection_candidates as c on p.sku_id = c.sku_id
order by p.sku_id
