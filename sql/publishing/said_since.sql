-- One row: a version of an answer for list dates from $since on, known by $known_by; null asks for all.
-- Why: what is left of a SKU depends on the order in which agents took it, so every version counts and not the last alone.
select
    list_date,
    agent_id,
    sku_id,
    answer,
    reason_code,
    comment,
    updated_at
from source.match_answers
where
    ($since is null or list_date >= $since)
    and ($known_by is null or known_on <= $known_by)
order by updated_at, list_date, agent_id, sku_id, row_hash
