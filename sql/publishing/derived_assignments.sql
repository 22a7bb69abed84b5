-- One row: one unit of the trial as the earlier run drew it, marked where its SKU is no longer on the list.
-- Why: an arm that was drawn stays in the count, else recalls of one arm would go unseen.
select
    a.experiment,
    a.unit_kind,
    a.unit_id,
    a.arm,
    a.arm_propensity,
    a.block,
    a.is_withdrawn or (a.unit_kind = 'sku' and l.sku_id is null) as is_withdrawn
from history.base_assignments as a
left join night.sku_list as l on a.unit_id = l.sku_id
