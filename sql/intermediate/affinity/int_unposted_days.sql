-- One row: on how many days agents without known posts sold something.
-- Why: what stands in for their posts is sampled for each of these days, so that its size follows from their number.
with list_days as (
    select distinct
        agent_id,
        ordered_on
    from night.int_unposted_sales
)

select cast(count(*) as bigint) as agent_days
from list_days
