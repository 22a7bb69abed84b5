-- One row: a metric that stopped the trial on an earlier list date.
-- Why: a stopped trial stays stopped, whatever later outcomes say.
select distinct stopped_by
from history.trials
where experiment = $experiment and list_date < $list_date and stopped_by is not null
order by stopped_by
