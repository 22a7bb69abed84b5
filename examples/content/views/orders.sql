-- Orders have no time of their last change: the latest of their times.
select
    *,
    greatest(
        read_time("订单提交时间"),
        read_time("支付完成时间"),
        read_time("订单完成时间")
    ) as updated_at
from "drop"
