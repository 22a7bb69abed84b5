-- One row: a source table with the newest day that a run for $as_of_date saw and its row versions up to it.
-- Why: a reader of the manifest learns whether a source was late.
select
    table_name,
    max(known_on) as newest,
    cast(sum(rows) as bigint) as row_versions
from ops.arrivals
where known_on <= $as_of_date
group by table_name
order by table_name
