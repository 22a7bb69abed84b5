-- One row: one delivered line by keys (a SKU that nobody knows is -1): who sold and bought what, what came of it, and how new
-- she is who bought it. Why: every question to buyers reads all lines; each is judged again only when its buyer is.
with list_pairs as (
    select
        sku_key,
        customer_key,
        count(*) as pair_lines
    from temp.int_touched_lines
    group by sku_key, customer_key
    having count(*) > 1
),

rank_repeats as (
    select
        l.*,
        r.pair_lines,
        row_number() over (
            partition by l.sku_key, l.customer_key
            order by
                l.delivered_on desc,
                l.ordered_at desc,
                l.fault_days nulls last,
                l.complaint_days nulls last,
                l.return_days nulls last,
                l.agent_id,
                l.carrier_id nulls last,
                l.is_unpaid,
                l.is_damaged,
                l.order_line_id
        ) as nth
    from temp.int_touched_lines as l
    inner join list_pairs as r on l.sku_key = r.sku_key and l.customer_key = r.customer_key
),

list_lines as (
    select
        l.*,
        1 as pair_lines,
        cast(1 as double) as buyer_share
    from temp.int_touched_lines as l
    left join list_pairs as p on l.sku_key = p.sku_key and l.customer_key = p.customer_key
    where p.sku_key is null
    union all
    select
        r.order_line_id,
        r.sku_key,
        r.customer_key,
        r.agent_id,
        r.carrier_id,
        r.ordered_at,
        r.delivered_on,
        r.is_unpaid,
        r.return_days,
        r.fault_days,
        r.complaint_days,
        r.is_damaged,
        cast(r.pair_lines as integer) as pair_lines,
        power($fading, r.nth - 1)
        / cast((1 - power($fading, r.pair_lines)) / cast(1 - $fading as double) as double) as buyer_share
    from rank_repeats as r
)

select
    l.order_line_id,
    l.sku_key,
    l.customer_key,
    a.name_key as agent_key,
    c.name_key as carrier_key,
    cast(floor(date_diff('day', date '1970-01-01', l.delivered_on) / cast($period_days as double)) as integer)
        as period,
    l.ordered_at,
    l.delivered_on,
    l.return_days,
    l.fault_days,
    l.complaint_days,
    l.is_damaged,
    l.is_unpaid,
    b.is_new,
    l.pair_lines,
    case when l.is_unpaid then cast(0 as double) else l.buyer_share end as buyer_share
from list_lines as l
inner join temp.int_judged_buyers as b on l.customer_key = b.customer_key
inner join night.int_line_names as a on a.kind = 'agent' and l.agent_id = a.entity_id
left join night.int_line_names as c on c.kind = 'carrier' and l.carrier_id = c.entity_id
