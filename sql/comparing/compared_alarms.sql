-- One row: one alarm that only one of two runs has.
-- Why: an alarm that goes on is no change; its evidence grows every night.
select
    coalesce(a.level, b.level) as level,
    coalesce(a.entity_id, b.entity_id) as entity_id,
    coalesce(a.metric, b.metric) as metric,
    coalesce(a.severity, b.severity) as severity,
    a.entity_id is not null as is_new
from night.after_alarms as a
full join night.before_alarms as b on a.level = b.level and a.entity_id = b.entity_id and a.metric = b.metric
where a.entity_id is null or b.entity_id is null
order by level, entity_id, metric
