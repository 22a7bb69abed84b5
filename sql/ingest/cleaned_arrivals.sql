-- One row: a source table of whose rows of the days after $since up to $as_of_date some had an id cleaned, and how many.
-- Why: what is told of a day stays what it was when rows of later days come.
select
    table_name,
    cast(sum(rows) as bigint) as rows,
    cast(sum(least(cleaned_rows, rows)) filter (where cleaned_rows > 0) as bigint) as cleaned_rows
from ops.arrivals
where known_on > $since and known_on <= $as_of_date
group by table_name
having count(cleaned_rows) > 0
order by table_name
