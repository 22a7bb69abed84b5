-- Orders have no time of their last change: the latest of their times.
select
    *,
    greatest(
        read_time("订单创建时间"),
        read_time("买家付款时间"),
        read_time("交易成功时间")
    ) as updated_at
from "drop"
