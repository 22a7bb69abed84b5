-- One row: a version of an answer on a list date from $since on that the warehouse holds.
-- Why: the agent's page asks what was said while a night holds the warehouse, so it is noted beside it.
select
    list_date,
    agent_id,
    sku_id,
    answer,
    reason_code,
    updated_at
from source.match_answers
where list_date >= $since
order by updated_at, list_date, agent_id, sku_id, row_hash
