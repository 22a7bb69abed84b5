-- One row: one agent, SKU and order day whose sum on $as_of_date may differ from that of $summed_on.
-- Why: what became known since, what the last fold changed, and days that the window has left since.
select
    agent_id,
    sku_id,
    ordered_on
from history.daily_agent_outcomes
where
    (known_on > $summed_on and known_on <= $as_of_date)
    or (ordered_on > $summed_after and ordered_on <= $history_before)
union
select
    agent_id,
    sku_id,
    ordered_on
from night.int_daily_agent_deltas
where $is_folded
