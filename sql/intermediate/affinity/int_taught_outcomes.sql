-- One row: one agent whose outcomes are learnt from and a SKU of which her customers got something: what became of it.
-- Why: which rates the SKU has is known only after other steps; what is added up here needs no look at all days then.
select
    agent_id,
    sku_id,
    cast(sum(delivered_units) as bigint) as delivered_units,
    cast(sum(returned_units) as bigint) as returned_units,
    cast(sum(fault_lines) as bigint) as fault_lines
from temp.int_choice_days
where is_teacher
group by agent_id, sku_id
having sum(delivered_units) > 0
