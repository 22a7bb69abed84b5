-- One row: one buyer without a history: she bought one SKU only, or everything within less than $new_days days.
-- Why: such an account costs nothing to open; who has bought other SKUs over a longer time is taken as established.
select t.customer_id
from history.order_line_timeline as t
left join night.stg_products as p on t.sku_id = p.sku_id
where
    t.valid_from <= $as_of_date
    and t.valid_to > $as_of_date
    and t.is_sale
    and t.delivered_on <= $as_of_date
    and t.unit_price >= coalesce(p.list_price, 0) * cast($least_paid as decimal(4, 3))
group by t.customer_id
having
    min(t.sku_id) = max(t.sku_id)
    or date_diff('day', min(t.ordered_on), max(t.ordered_on)) < $new_days
