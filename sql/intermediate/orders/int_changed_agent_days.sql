-- One row: one agent, SKU and order day whose sum on $as_of_date may differ from that of $summed_on.
-- Why: known since, out of the window since, or folded last; asked for one by one, blocks of other days stay unread.
select
    agent_id,
    sku_id,
    ordered_on
from history.daily_agent_outcomes
where known_on > $summed_on and known_on <= $as_of_date
union
select
    agent_id,
    sku_id,
    ordered_on
from history.daily_agent_outcomes
where ordered_on > $summed_after and ordered_on <= $history_before
union
select
    agent_id,
    sku_id,
    ordered_on
from temp.int_daily_agent_deltas
