-- One row: two codes, each empty for no candidate, and how many SKUs one run decided by the first, the other by the second.
-- Why: it says which rule has taken the place of which, for the whole catalogue and not only for the list.
select
    decision_code_before,
    decision_code_after,
    count(*) as skus
from night.compared_skus
where decision_code_before is distinct from decision_code_after
group by decision_code_before, decision_code_after
order by skus desc, decision_code_before asc nulls first, decision_code_after asc nulls first
