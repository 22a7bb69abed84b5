-- One row: one measure, with how many SKUs both of two runs measured, for how many it changed, and its means.
-- Why: most measures of most SKUs change a little every night; the counts and means say in which direction.
select
    measure,
    count(*) as skus,
    count(*) filter (where value_after > value_before) as rose,
    count(*) filter (where value_after < value_before) as fell,
    cast(sum(cast(value_before as decimal(24, 6))) as double) / cast(count(*) as double) as mean_before,
    cast(sum(cast(value_after as decimal(24, 6))) as double) / cast(count(*) as double) as mean_after
from night.compared_measures
group by measure
order by measure
