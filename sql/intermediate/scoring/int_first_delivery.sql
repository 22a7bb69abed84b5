-- One row: the first day after $history_before on which anything was delivered; null where nothing was.
-- Why: drift detection numbers its days from there; one date of long ago must not make a night's arrays as long.
select min(delivered_on) as first_on
from night.int_sku_daily
where delivered_on > $history_before
