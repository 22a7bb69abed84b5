-- One row: a SKU that an agent was matched with for the list date before.
-- Why: her groups have just seen it, so repeats are held to a share of her slots.
select distinct
    agent_id,
    sku_id
from history.matched
where list_date = $as_of_date
