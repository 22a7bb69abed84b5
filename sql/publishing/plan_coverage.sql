-- One row: the slots that agents ask for, and those for which their segment finds a SKU of night.planned_list.
-- Why: a SKU suits a segment where a post of it is worth more than the regret that it costs.
with count_found as (
    select
        d.segment_id,
        count(*) as skus
    from night.segment_demand as d
    inner join night.planned_list as l on d.sku_id = l.sku_id
    inner join night.sku_scores as s on d.sku_id = s.sku_id
    where d.expected_units > 0 and s.unit_value > 0
    group by d.segment_id
),

fill_slots as (
    select
        p.segment_id,
        p.slots,
        least(p.slots, p.agents * coalesce(f.skus, 0)) as filled
    from night.int_segment_slots as p
    left join count_found as f on p.segment_id = f.segment_id
    where p.agents > 0
)

select
    cast(coalesce(sum(slots), 0) as bigint) as slots,
    cast(coalesce(sum(filled), 0) as bigint) as filled,
    count(*) as segments,
    count(*) filter (where filled < slots) as short_segments
from fill_slots
