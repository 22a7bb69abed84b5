-- One row: one listed SKU on one list date, its published rates beside what its lines of that day have shown since.
-- Why: SKUs are listed for low predicted rates, so predictions are most optimistic for listed SKUs.
select
    o.list_date,
    o.sku_id,
    o.return_rate,
    o.regret_rate,
    sum(case when l.return_exposure > 0 and l.is_returned then 1.0 else 0.0 end) as returned_lines,
    sum(case when l.regret_exposure > 0 and l.is_regretted then 1.0 else 0.0 end) as regretted_lines,
    sum(cast(l.return_exposure as decimal(18, 8))) as return_exposure,
    sum(cast(l.regret_exposure as decimal(18, 8))) as regret_exposure
from night.backtest_list as o
inner join night.backtest_lines as l on o.list_date = l.list_date and o.sku_id = l.sku_id
group by o.list_date, o.sku_id, o.return_rate, o.regret_rate
