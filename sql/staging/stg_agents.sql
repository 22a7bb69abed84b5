-- One row: one agent and her persona as she had set it at the end of $as_of_date.
-- Why: agents who paused or left stay in: their past orders still need them, the match drops them.
select
    agent_id,
    joined_on,
    status,
    price_min,
    price_max,
    min_satisfaction,
    categories_wanted,
    categories_excluded,
    style_tags,
    series_tags,
    daily_slots,
    updated_at
from source.agents
where known_on <= $as_of_date
qualify row_number() over (partition by agent_id order by updated_at desc, row_hash desc) = 1
