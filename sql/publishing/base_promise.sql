-- One row: the places of the earlier list, its expected share of landmines and what it promised.
-- Why: a list made from it may not be worse; an empty one expected none, one of an earlier release promised nothing.
select
    count(*) as places,
    coalesce(avg(landmine_probability), 0) as risk,
    max(promise_confidence) as promise_confidence,
    max(promise_bound) as promise_bound,
    coalesce(bool_or(can_promise), false) as can_promise,
    max(promise_reasons) as promise_reasons
from history.base_list
