-- One row: one delivered line of a buyer of int_touched_buyers, and what came of it; a SKU that nobody knows is -1.
-- Why: a kept line without a newer version stays as it was described, but for complaints, which are no versions of it.
with describe_skus as (
    select
        p.sku_id,
        p.list_price,
        n.name_key as sku_key
    from night.stg_products as p
    inner join night.int_line_names as n on n.kind = 'sku' and p.sku_id = n.entity_id
),

-- In two parts, as of most buyers only the span of new versions is read.
list_states as (
    select
        t.*,
        b.customer_key
    from history.order_line_timeline as t
    inner join temp.int_touched_keys as b on t.customer_id = b.customer_id
    where b.is_read_again and t.valid_from <= $as_of_date
    union all
    select
        t.*,
        b.customer_key
    from history.order_line_timeline as t
    inner join temp.int_touched_keys as b on t.customer_id = b.customer_id
    where not b.is_read_again and t.valid_from > $judged_on and t.valid_from <= $as_of_date
),

list_ended as (
    select order_line_id
    from history.order_line_timeline
    where valid_to > $judged_on and valid_to <= $as_of_date
    group by order_line_id
),

list_lines as (
    select
        t.order_line_id,
        coalesce(p.sku_key, -1) as sku_key,
        t.customer_key,
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
        t.fault_requested_on is not null and t.return_reason in ('damaged', 'spoiled') as is_damaged
    from list_states as t
    left join describe_skus as p on t.sku_id = p.sku_id
    where t.valid_to > $as_of_date and t.is_sale and t.delivered_on <= $as_of_date
    union all
    select
        l.order_line_id,
        l.sku_key,
        l.customer_key,
        a.entity_id as agent_id,
        c.entity_id as carrier_id,
        l.ordered_at,
        l.delivered_on,
        l.is_unpaid,
        l.return_days,
        l.fault_days,
        l.is_damaged
    from night.int_sale_lines as l
    inner join temp.int_touched_keys as b on l.customer_key = b.customer_key
    inner join night.int_line_names as a on a.kind = 'agent' and l.agent_key = a.name_key
    left join night.int_line_names as c on c.kind = 'carrier' and l.carrier_key = c.name_key
    left join list_ended as e on l.order_line_id = e.order_line_id
    where not b.is_read_again and e.order_line_id is null
)

select
    l.order_line_id,
    l.sku_key,
    l.customer_key,
    l.agent_id,
    l.carrier_id,
    l.ordered_at,
    l.delivered_on,
    l.is_unpaid,
    l.return_days,
    l.fault_days,
    case
        when c.complained_on is not null
            then cast(greatest(date_diff('day', l.delivered_on, c.complained_on), 0) as integer)
    end as complaint_days,
    l.is_damaged
from list_lines as l
left join temp.int_line_complaints as c on l.order_line_id = c.order_line_id
