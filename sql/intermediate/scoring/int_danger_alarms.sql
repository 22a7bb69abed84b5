-- One row: an alarm on a SKU that is held for danger, in the columns of the published alarms.
-- Why: agents and suppliers read alarms; what was said, and by whom, stays inside.
select
    'sku' as level,
    sku_id as entity_id,
    'danger' as metric,
    since_on,
    'warning' as severity,
    'reports=' || cast(reports as varchar) || ',accounts=' || cast(accounts as varchar) as evidence
from night.int_danger_holds
order by sku_id
