-- One row: a day on which a run may first see rows that are admitted now, and how many of them had an id cleaned.
-- DuckDB only: temporary tables exist in one engine alone.
select
    known_on,
    count(cleaned_ids) as cleaned_rows
from temp.resolved
where len(unknown) = 0
group by known_on
order by known_on
