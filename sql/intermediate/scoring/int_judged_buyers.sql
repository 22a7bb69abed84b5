-- One row: one buyer of int_touched_lines: her delivered lines, her first order, and whether she has no history.
-- Why: new is who bought one SKU only, or all within $new_days days: such an account costs nothing to open.
with sum_lines as (
    select
        customer_id,
        count(*) as lines,
        cast(min(ordered_at) as date) as first_on,
        count(*) > 1 or count(fault_days) > 0 or count(complaint_days) > 0 as is_numbered,
        coalesce(
            min(coalesce(sku_id, '')) filter (where not is_unpaid)
            = max(coalesce(sku_id, '')) filter (where not is_unpaid)
            or date_diff(
                'day',
                cast(min(ordered_at) filter (where not is_unpaid) as date),
                cast(max(ordered_at) filter (where not is_unpaid) as date)
            ) < $new_days,
            false
        ) as is_new
    from temp.int_touched_lines
    group by customer_id
),

find_last as (
    select coalesce(max(customer_key), -1) as last_key
    from night.int_buyers
)

select
    s.customer_id,
    s.lines,
    s.first_on,
    s.is_numbered,
    s.is_new,
    coalesce(
        k.customer_key, cast(f.last_key + row_number() over (order by s.customer_id) as integer)
    ) as customer_key
from sum_lines as s
cross join find_last as f
left join temp.int_touched_keys as k on s.customer_id = k.customer_id
