-- One row: the first day on which anything was delivered; null where nothing was.
-- Why: drift detection numbers its days from there, so that a night's arrays are as long as the history.
select min(delivered_on) as first_on
from night.int_sku_daily
