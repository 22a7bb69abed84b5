-- One row: the places of the earlier list and the share of landmines it was expected to hold.
-- Why: a list made from it may not be worse; an empty one expected none.
select
    count(*) as places,
    coalesce(avg(landmine_probability), 0) as risk
from history.base_list
