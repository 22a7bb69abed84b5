-- One row: a day's rows of a source table that a run for $as_of_date may see, as one hash.
-- Why: a run is named after what it saw, however and whenever that came.
select
    table_name,
    known_on,
    fingerprint
from ops.arrivals
where known_on <= $as_of_date
order by table_name, known_on
