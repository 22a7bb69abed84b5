-- One row: one category by its number, and a number of days since delivery, with the share of outcomes shown by then.
-- Why: the delay curve as the deliveries are joined to it.
with list_categories as (
    select distinct
        category,
        category_number
    from night.int_sku_numbers
)

select
    n.category_number,
    c.day,
    c.return_share,
    c.regret_share
from night.int_delay_curve as c
inner join list_categories as n on c.category = n.category
