-- One row: one recently delivered line with who delivered, posted and bought it, and when it is regretted so far.
-- Why: only the last $fault_days days are searched for outlier sources, so the cost of a night does not grow with history.
select
    p.source_number as sku_number,
    b.customer_number,
    a.source_number as agent_number,
    c.source_number as carrier_number,
    l.delivered_on,
    case when l.complaint_days < l.fault_days or l.fault_days is null then l.complaint_days else l.fault_days end
        as regret_days,
    l.is_damaged,
    cast(coalesce(d.credibility, case when l.is_new then $new_weight else 1 end) * l.buyer_share as decimal(4, 3))
        as weight
from night.int_sale_lines as l
inner join night.int_source_numbers as p on p.kind = 'sku' and l.sku_key = p.name_key
inner join night.int_source_numbers as a on a.kind = 'agent' and l.agent_key = a.name_key
left join night.int_source_numbers as c on c.kind = 'carrier' and l.carrier_key = c.name_key
left join night.int_buyer_numbers as b on l.customer_key = b.customer_key
left join temp.int_doubted_lines as d
    on
        l.sku_key = d.sku_key
        and l.period = d.period
        and l.agent_key = d.agent_key
        and l.customer_key = d.customer_key
where l.delivered_on > $first_on
