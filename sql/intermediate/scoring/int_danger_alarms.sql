-- One row: an alarm on a SKU that is held for danger, or on chat that reports danger of no certain SKU; as published.
-- Why: agents and suppliers read alarms; what was said, and by whom, stays inside.
with count_doubts as (
    select
        count(distinct report_id) as reports,
        min(reported_on) as since_on
    from night.int_danger_doubts
)

select
    'sku' as level,
    sku_id as entity_id,
    'danger' as metric,
    since_on,
    'warning' as severity,
    'reports=' || cast(reports as varchar) || ',accounts=' || cast(accounts as varchar) as evidence
from night.int_danger_holds
union all
select
    'source' as level,
    'chat_messages' as entity_id,
    'danger' as metric,
    since_on,
    'warning' as severity,
    'reports=' || cast(reports as varchar) as evidence
from count_doubts
where reports > 0
order by level, entity_id
