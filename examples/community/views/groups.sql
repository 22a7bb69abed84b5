-- A pick-up point has one group.
select
    *,
    "自提点编号" as pickup_point_id
from "drop"
