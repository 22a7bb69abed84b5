-- One row: how many orders, buyers and returns of the last days are known, and how many returns have a reason.
-- Why: a column that is filled with anything is there for the contract and not for what is learnt from it.
with list_orders as (
    select
        order_id,
        customer_id
    from history.order_line_timeline
    where
        valid_from <= $as_of_date
        and valid_to > $as_of_date
        and ordered_on > $orders_from
),

-- Apart: days of returns are many, and the ids of their orders are not asked for.
count_returns as (
    select
        count(*) as returns,
        count(*) filter (where return_reason <> 'other') as explained
    from history.order_line_timeline
    where
        valid_from <= $as_of_date
        and valid_to > $as_of_date
        and ordered_on > $returns_from
        and return_requested_on is not null
)

select
    (select count(distinct order_id) from list_orders) as orders,
    (select count(distinct customer_id) from list_orders) as buyers,
    returns,
    explained
from count_returns
