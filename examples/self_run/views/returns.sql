-- Refunds have no time of their last change: the later of request and end.
select
    *,
    greatest(read_time("退款的申请时间"), read_time("退款完结时间")) as updated_at
from "drop"
