-- One row: a source table and the newest day up to $today from which a run may see rows of it.
-- Why: read off the ledger of arrivals, so that asking costs nothing however long the history is.
select
    table_name,
    max(known_on) as newest
from ops.arrivals
where known_on <= $today
group by table_name
order by table_name
