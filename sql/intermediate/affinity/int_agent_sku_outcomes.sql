-- One row: one agent and SKU with what her customers got, sent back and found faulty in the history window.
-- Why: relative risk needs them beside the SKU's rates; fresh_days lets old orders fade, a day less each day.
select
    agent_id,
    sku_id,
    cast(count(case when ordered_units > 0 then 1 end) as bigint) as ordered_days,
    cast(
        coalesce(
            sum(
                case
                    when ordered_units > 0
                        then greatest($history_days - date_diff('day', ordered_on, cast($as_of_date as date)), 0)
                end
            ),
            0
        ) as bigint
    ) as fresh_days,
    cast(sum(ordered_units) as bigint) as ordered_units,
    cast(sum(delivered_units) as bigint) as delivered_units,
    cast(sum(returned_units) as bigint) as returned_units,
    cast(sum(fault_lines) as bigint) as fault_lines
from night.int_agent_daily
group by agent_id, sku_id
