-- Returns have no time of their last change: the time of the request stands for it.
select
    *,
    read_time("申请时间") as updated_at
from "drop"
