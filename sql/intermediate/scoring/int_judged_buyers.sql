-- One row: one buyer of int_touched_lines: her delivered lines, her first order, and whether she has no history.
-- Why: new is who bought one SKU only, or all within $new_days days: such an account costs nothing to open.
with sum_lines as (
    select
        customer_key,
        count(*) as lines,
        cast(min(ordered_at) as date) as first_on,
        coalesce(
            min(sku_key) filter (where not is_unpaid) = max(sku_key) filter (where not is_unpaid)
            or date_diff(
                'day',
                cast(min(ordered_at) filter (where not is_unpaid) as date),
                cast(max(ordered_at) filter (where not is_unpaid) as date)
            ) < $new_days,
            false
        ) as is_new
    from temp.int_touched_lines
    group by customer_key
)

select
    k.customer_id,
    s.customer_key,
    s.lines,
    s.first_on,
    s.is_new
from sum_lines as s
inner join temp.int_touched_keys as k on s.customer_key = k.customer_key
