-- One row: one numbered buyer: her delivered lines, her first order, and whether she has no history.
-- Why: new is who bought one SKU only, or all within $new_days days: such an account costs nothing to open.
select
    customer_number,
    count(*) as lines,
    cast(min(ordered_at) as date) as first_on,
    coalesce(
        min(sku_number) filter (where not is_unpaid) = max(sku_number) filter (where not is_unpaid)
        or date_diff(
            'day',
            cast(min(ordered_at) filter (where not is_unpaid) as date),
            cast(max(ordered_at) filter (where not is_unpaid) as date)
        ) < $new_days,
        false
    ) as is_new
from temp.int_sale_lines
where customer_number is not null
group by customer_number
