-- One row: an end-of-line SKU that its suppliers have offered, what is left for $list_date, and why nothing is.
-- Why: an offer promises units and days; without one that holds there is nothing to deliver, whatever stock was counted.
with find_days as (
    select
        o.sku_id,
        max(case when o.offered_units > 0 and o.valid_until < $list_date then o.valid_until end) as ended_on,
        min(case when o.offered_units > 0 and o.valid_from > $list_date then o.valid_from end) as begins_on
    from night.stg_supplier_offers as o
    inner join night.stg_products as p on o.sku_id = p.sku_id
    where p.is_clearance
    group by o.sku_id
),

sum_lots as (
    select
        sku_id,
        sum(offered_units) as offered_units,
        sum(units_left) as units_left,
        max(case when units_left > 0 then valid_until end) as offer_until,
        max(valid_until) as last_until
    from temp.int_offers_left
    where valid_until >= $list_date
    group by sku_id
)

select
    d.sku_id,
    cast(coalesce(s.units_left, 0) as bigint) as units_left,
    s.offer_until,
    case
        when s.units_left > 0 then cast(null as varchar)
        when s.sku_id is not null then 'offer_sold_out'
        when d.begins_on is not null then 'offer_to_come'
        when d.ended_on is not null then 'offer_ended'
        else 'offer_withdrawn'
    end as offer_code,
    case
        when s.units_left > 0 then cast(null as varchar)
        when s.sku_id is not null
            then
                'offer_sold_out:offered_units=' || cast(cast(s.offered_units as bigint) as varchar)
                || ',until=' || cast(s.last_until as varchar)
        when d.begins_on is not null then 'offer_to_come:begins_on=' || cast(d.begins_on as varchar)
        when d.ended_on is not null then 'offer_ended:until=' || cast(d.ended_on as varchar)
        else 'offer_withdrawn'
    end as offer_reason
from find_days as d
left join sum_lots as s on d.sku_id = s.sku_id
