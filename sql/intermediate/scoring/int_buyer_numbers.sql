-- One row: one buyer of several delivered lines, or with a regret, with her key and her number in the order of ids.
-- Why: of all other buyers one line says everything, and they need no number.
select
    customer_key,
    cast(row_number() over (order by customer_id) - 1 as integer) as customer_number
from night.int_buyers
where is_numbered
