-- One row: how many orders, buyers and returns of the last days are known, and how many returns have a reason.
-- Why: a column that is filled with anything is there for the contract and not for what is learnt from it.
select
    count(distinct order_id) filter (where ordered_on > $orders_from) as orders,
    count(distinct customer_id) filter (where ordered_on > $orders_from) as buyers,
    count(*) filter (where return_requested_on is not null) as returns,
    count(*) filter (where return_requested_on is not null and return_reason <> 'other') as explained
from history.order_line_timeline
where
    valid_from <= $as_of_date
    and valid_to > $as_of_date
    and ordered_on > $returns_from
