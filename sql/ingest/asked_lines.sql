-- One row: how many offered returns name no line or no number of units, or share a number; and what was spread before.
-- Why: the lines of all others need not be looked for in all orders.
with count_rows as (
    select
        count(*) filter (where order_line_id is null or coalesce(quantity, 0) = 0) as unsaid,
        count(*) as offered
    from temp.offered
),

count_numbers as (
    select count(*) as numbers
    from (
        select distinct
            return_id,
            updated_at
        from temp.offered
    ) as d
),

count_bundles as (
    select count(*) as bundles
    from source.products
    where array_length(bundle_parts) > 0
),

count_spread as (
    select count(*) as spread
    from source.returns
    where return_id like '%#%'
)

select cast(r.unsaid + r.offered - n.numbers + b.bundles + s.spread as bigint) as asked
from count_rows as r
cross join count_numbers as n
cross join count_bundles as b
cross join count_spread as s
