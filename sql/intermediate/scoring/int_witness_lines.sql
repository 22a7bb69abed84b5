-- One row: one delivered line that is less than one witness of its SKU, with its weight (0-1) and what came of it.
-- Why: one buyer is one witness, her latest line weighs most; new buyers, accounts alike and agents alone weigh less.
with list_pairs as (
    select
        sku_id,
        customer_id,
        count(*) as lines
    from history.order_line_timeline
    where valid_from <= $as_of_date and valid_to > $as_of_date and is_sale and delivered_on <= $as_of_date
    group by sku_id, customer_id
    having count(*) > 1
),

rank_repeats as (
    select
        t.order_line_id,
        r.lines,
        row_number() over (
            partition by t.sku_id, t.customer_id
            order by t.delivered_on desc, t.ordered_at desc, t.order_line_id desc
        ) as nth
    from history.order_line_timeline as t
    inner join list_pairs as r on t.sku_id = r.sku_id and t.customer_id = r.customer_id
    where t.valid_from <= $as_of_date and t.valid_to > $as_of_date and t.is_sale and t.delivered_on <= $as_of_date
),

list_lines as (
    select
        t.order_line_id,
        t.sku_id,
        t.customer_id,
        t.agent_id,
        t.delivered_on,
        t.return_requested_on,
        t.fault_requested_on,
        cast(floor(date_diff('day', date '1970-01-01', t.delivered_on) / cast($period_days as double)) as integer)
            as period,
        t.unit_price < coalesce(p.list_price, 0) * cast($least_paid as decimal(4, 3)) as is_unpaid
    from history.order_line_timeline as t
    left join night.stg_products as p on t.sku_id = p.sku_id
    where
        t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.is_sale
        and t.delivered_on <= $as_of_date
),

weigh_lines as (
    select
        l.*,
        case
            when l.is_unpaid or (b.customer_id is not null and f.sku_id is not null) then 0
            else
                case when b.customer_id is null then 1 else $new_weight end
                * coalesce(s.agent_weight, 1)
                * coalesce(a.buyer_weight, 1)
        end as credibility,
        coalesce(
            power($fading, r.nth - 1) / cast((1 - power($fading, r.lines)) / cast(1 - $fading as double) as double), 1
        ) as buyer_share
    from list_lines as l
    left join rank_repeats as r on l.order_line_id = r.order_line_id
    left join night.int_new_buyers as b on l.customer_id = b.customer_id
    left join night.int_first_time_bursts as f on l.sku_id = f.sku_id and l.period = f.period
    left join night.int_alike_buyers as a on l.sku_id = a.sku_id and l.customer_id = a.customer_id
    left join night.int_lone_agents as s on l.sku_id = s.sku_id and l.period = s.period and l.agent_id = s.agent_id
)

select
    w.order_line_id,
    w.sku_id,
    w.delivered_on,
    cast(w.credibility as decimal(4, 3)) as credibility,
    cast(w.credibility * w.buyer_share as decimal(4, 3)) as weight,
    case
        when w.return_requested_on is not null
            then cast(greatest(date_diff('day', w.delivered_on, w.return_requested_on), 0) as integer)
    end as return_days,
    case
        when w.fault_requested_on is not null
            then cast(greatest(date_diff('day', w.delivered_on, w.fault_requested_on), 0) as integer)
    end as fault_days,
    case
        when c.complained_on is not null
            then cast(greatest(date_diff('day', w.delivered_on, c.complained_on), 0) as integer)
    end as complaint_days
from weigh_lines as w
left join night.int_complaints as c on w.order_line_id = c.order_line_id and c.complained_on <= $as_of_date
where w.credibility * w.buyer_share < 1
