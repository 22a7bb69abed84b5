-- One row: one recently delivered line with who delivered, posted and bought it, and when it is regretted so far.
-- Why: only the last $fault_days days are searched for outlier sources, so the cost of a night does not grow with history.
select
    sku_number,
    customer_number,
    agent_number,
    carrier_number,
    delivered_on,
    case when complaint_days < fault_days or fault_days is null then complaint_days else fault_days end as regret_days,
    is_damaged,
    weight
from temp.int_witness_lines
where delivered_on > $first_on and sku_number >= 0
