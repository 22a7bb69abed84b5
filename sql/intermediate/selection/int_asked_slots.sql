-- One row: a segment with agents, how many they are and how many slots they ask for together.
-- Why: a segment that nobody is in asks for nothing and would only divide by zero.
select
    segment_id,
    agents,
    slots
from night.int_segment_slots
where agents > 0
order by segment_id
