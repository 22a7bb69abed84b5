-- One row: how many matches there were after $posts_before.
-- Why: on a large platform each agent's matches are learnt from on some days only, as many as their number allows.
select cast(count(*) as bigint) as matched_rows
from history.matched
where list_date > $posts_before and list_date <= $as_of_date
