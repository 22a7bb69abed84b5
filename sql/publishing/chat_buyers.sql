-- One row: how many people judged something in the window, and how many of them have ordered.
-- Why: where accounts of chat are not the customers of orders, nobody speaks of an order of her own.
select
    count(*) as senders,
    count(first_ordered_on) as buyers
from night.int_senders
