-- One row: one delivered line of a buyer of int_touched_buyers, and what came of it.
-- Why: buyers whose lines are as they were need no join; a SKU that nobody knows is -1.
with describe_skus as (
    select
        p.sku_id,
        p.list_price,
        n.name_key as sku_key
    from night.stg_products as p
    inner join night.int_line_names as n on n.kind = 'sku' and p.sku_id = n.entity_id
)

select
    t.order_line_id,
    coalesce(p.sku_key, -1) as sku_key,
    b.customer_key,
    t.agent_id,
    t.carrier_id,
    t.ordered_at,
    t.delivered_on,
    coalesce(t.unit_price < p.list_price * cast($least_paid as decimal(4, 3)), false) as is_unpaid,
    case
        when t.return_requested_on is not null
            then cast(greatest(date_diff('day', t.delivered_on, t.return_requested_on), 0) as integer)
    end as return_days,
    case
        when t.fault_requested_on is not null
            then cast(greatest(date_diff('day', t.delivered_on, t.fault_requested_on), 0) as integer)
    end as fault_days,
    case
        when c.complained_on is not null
            then cast(greatest(date_diff('day', t.delivered_on, c.complained_on), 0) as integer)
    end as complaint_days,
    t.fault_requested_on is not null and t.return_reason in ('damaged', 'spoiled') as is_damaged
from history.order_line_timeline as t
inner join temp.int_touched_keys as b on t.customer_id = b.customer_id
left join describe_skus as p on t.sku_id = p.sku_id
left join temp.int_line_complaints as c on t.order_line_id = c.order_line_id
where
    t.valid_from <= $as_of_date
    and t.valid_to > $as_of_date
    and t.is_sale
    and t.delivered_on <= $as_of_date
