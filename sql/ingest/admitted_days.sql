-- One row: a day on which a run may first see rows that are admitted now, and how many of them had an id cleaned.
-- Why: only the fingerprints of these days are computed anew.
select
    known_on,
    cast(count(cleaned_ids) as bigint) as cleaned_rows
from temp.resolved
where array_length(unknown) = 0
group by known_on
order by known_on
