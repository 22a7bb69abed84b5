-- One row: a day on which a run may first see one of the rows that are admitted now.
-- DuckDB only: temporary tables exist in one engine alone.
select distinct known_on
from temp.resolved
where len(unknown) = 0
order by known_on
