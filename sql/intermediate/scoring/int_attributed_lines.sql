-- One row: one recently delivered line in figures of few bytes, -1 where there is none: whose it is, its age, what came of it.
-- Why: only lines since $first_on are searched for outlier sources; in no order, for what is added up of them is exact.
select
    l.sku_key,
    l.agent_key,
    coalesce(l.carrier_key, -1) as carrier_key,
    l.customer_key,
    cast(date_diff('day', l.delivered_on, $as_of_date) as integer) as age_days,
    greatest(
        coalesce(
            case
                when l.complaint_days < l.fault_days or l.fault_days is null then l.complaint_days else l.fault_days
            end,
            -1
        ),
        -1
    ) as regret_days,
    l.is_damaged,
    cast(
        cast(
            coalesce(d.credibility, case when l.is_new then $new_weight else 1 end) * l.buyer_share as decimal(4, 3)
        ) * 1000 as integer
    ) as thousandths
from night.int_sale_lines as l
left join night.int_doubted_lines as d
    on
        l.sku_key = d.sku_key
        and l.period = d.period
        and l.agent_key = d.agent_key
        and l.customer_key = d.customer_key
where l.delivered_on > $first_on and l.sku_key >= 0
