-- One row: a version of an answer that the warehouse holds, for one of $list_dates and known by $known_by; null asks for all.
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
    ($list_dates is null or array_contains(cast($list_dates as date[]), list_date))
    and ($known_by is null or known_on <= $known_by)
order by updated_at, list_date, agent_id, sku_id, row_hash
