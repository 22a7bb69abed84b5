-- One row: one buyer of int_touched_buyers who has a key, which she keeps.
-- Why: what is kept of her goes, also where no line of hers is left.
select
    b.customer_id,
    b.customer_key
from night.int_buyers as b
inner join temp.int_touched_buyers as t on b.customer_id = t.customer_id
