-- One row: one buyer of whose lines any may be judged otherwise than on $judged_on; all buyers where $is_whole.
-- Why: all her lines are judged anew, as they depend on each other; history is read again where no new version tells the change.
with compare_complaints as (
    select coalesce(c.order_line_id, j.order_line_id) as order_line_id
    from temp.int_line_complaints as c
    full outer join night.int_judged_complaints as j on c.order_line_id = j.order_line_id
    where c.complained_on is distinct from j.complained_on
),

list_buyers as (
    select
        customer_id,
        1 as is_read_again
    from history.order_line_timeline
    where $is_whole and valid_from <= $as_of_date and valid_to > $as_of_date and is_sale and delivered_on <= $as_of_date
    union all
    select
        customer_id,
        0 as is_read_again
    from history.order_line_timeline
    where valid_from > $judged_on and valid_from <= $as_of_date and is_sale and delivered_on <= $as_of_date
    union all
    select
        customer_id,
        0 as is_read_again
    from history.order_line_timeline
    where valid_to > $judged_on and valid_to <= $as_of_date and is_sale and delivered_on <= $as_of_date
    union all
    select
        customer_id,
        1 as is_read_again
    from night.int_buyers_changed
    where known_on <= $judged_on
    union all
    select
        t.customer_id,
        0 as is_read_again
    from history.order_line_timeline as t
    inner join compare_complaints as c on t.order_line_id = c.order_line_id
    where not $is_whole and t.is_sale
    union all
    select
        t.customer_id,
        1 as is_read_again
    from history.order_line_timeline as t
    inner join temp.int_changed_prices as p on t.sku_id = p.sku_id
    where
        not $is_whole
        and t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.is_sale
        and (
            p.is_known_anew
            or (t.unit_price < p.former_price * cast($least_paid as decimal(4, 3)))
            <> (t.unit_price < p.list_price * cast($least_paid as decimal(4, 3)))
        )
)

select
    customer_id,
    max(is_read_again) = 1 as is_read_again
from list_buyers
group by customer_id
