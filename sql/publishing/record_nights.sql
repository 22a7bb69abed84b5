-- One row: one earlier list date, with what was predicted of the lines of its listed SKUs and what they turned out to be.
-- Why: a run is judged by the lines delivered on its own day; sums of decimals have no order.
select
    p.list_date,
    count(*) as skus,
    cast(sum(cast(p.regret_exposure as decimal(18, 9))) as double) as lines,
    cast(sum(cast(p.return_rate * p.return_exposure as decimal(18, 9))) as double) as returns_predicted,
    cast(sum(cast(p.returned_lines as decimal(18, 9))) as double) as returns_observed,
    cast(sum(cast(p.regret_rate * p.regret_exposure as decimal(18, 9))) as double) as regrets_predicted,
    cast(sum(cast(p.regretted_lines as decimal(18, 9))) as double) as regrets_observed
from night.int_predictions_due as p
where p.is_listed and p.list_date > cast($as_of_date - $weeks * 7 * interval 1 day as date)
group by p.list_date
order by p.list_date
