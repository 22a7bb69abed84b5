-- One row: one delivered line: in numbers who sold and bought what (no buyer: her only line, which she keeps), what came of it.
-- Why: every question to buyers reads all lines; they are joined and judged once, and ids are kept where votes need them.
with list_written as (
    select
        order_line_id,
        complained_on
    from night.int_complaints
    where complained_on <= $as_of_date
    union all
    select
        order_line_id,
        cast(null as date) as complained_on
    from night.int_window_mentions
    where kind = 'feedback' and satisfaction is not null and order_line_id is not null
),

join_written as (
    select
        order_line_id,
        min(complained_on) as complained_on
    from list_written
    group by order_line_id
),

describe_skus as (
    select
        n.sku_id,
        n.sku_number,
        p.list_price
    from night.int_sku_numbers as n
    left join night.stg_products as p on n.sku_id = p.sku_id
)

select
    coalesce(p.sku_number, -1) as sku_number,
    b.customer_number,
    a.source_number as agent_number,
    s.source_number as carrier_number,
    cast(floor(date_diff('day', date '1970-01-01', t.delivered_on) / cast($period_days as double)) as integer)
        as period,
    t.ordered_at,
    t.delivered_on,
    t.unit_price < coalesce(p.list_price, 0) * cast($least_paid as decimal(4, 3)) as is_unpaid,
    case
        when t.return_requested_on is not null
            then cast(greatest(date_diff('day', t.delivered_on, t.return_requested_on), 0) as integer)
    end as return_days,
    case
        when t.fault_requested_on is not null
            then cast(greatest(date_diff('day', t.delivered_on, t.fault_requested_on), 0) as integer)
    end as fault_days,
    case
        when w.complained_on is not null
            then cast(greatest(date_diff('day', t.delivered_on, w.complained_on), 0) as integer)
    end as complaint_days,
    t.fault_requested_on is not null or w.complained_on is not null as is_regretted,
    t.fault_requested_on is not null and t.return_reason in ('damaged', 'spoiled') as is_damaged,
    w.order_line_id as written_line_id
from history.order_line_timeline as t
left join describe_skus as p on t.sku_id = p.sku_id
left join night.int_buyer_numbers as b on t.customer_id = b.customer_id
left join night.int_source_numbers as a on a.kind = 'agent' and t.agent_id = a.entity_id
left join night.int_source_numbers as s on s.kind = 'carrier' and t.carrier_id = s.entity_id
left join join_written as w on t.order_line_id = w.order_line_id
where
    t.valid_from <= $as_of_date
    and t.valid_to > $as_of_date
    and t.is_sale
    and t.delivered_on <= $as_of_date
