-- One row: what an agent has said of a SKU for a list date, by the end of $as_of_date.
-- Why: her last word counts; she may take back what she said as long as the day is not over.
select
    list_date,
    agent_id,
    sku_id,
    answer,
    reason_code,
    comment,
    updated_at
from source.match_answers
where known_on <= $as_of_date
qualify row_number() over (partition by list_date, agent_id, sku_id order by updated_at desc, row_hash desc) = 1
