-- One row: one admitted candidate for one segment of agents, with what a post of it brings an average agent there.
-- Why: post_value is in happy units less the cost of regret, so that it adds up over segments of any size.
select
    d.segment_id,
    c.position,
    d.expected_units,
    d.expected_units * c.unit_value as post_value
from night.segment_demand as d
inner join night.int_selection_candidates as c on d.sku_id = c.sku_id
where c.is_admitted and d.expected_units > 0
order by d.segment_id, c.position
