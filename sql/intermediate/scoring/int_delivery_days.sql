-- One row: one SKU and one day on which lines of it were delivered, counted by witnesses.
-- Why: a line that is half a witness counts half; exposure, drift and change points read every delivery, in numbers.
with list_deliveries as (
    select
        n.sku_number,
        n.category_number,
        d.delivered_on,
        cast(d.delivered_lines as decimal(18, 3)) as lines
    from night.int_sku_daily as d
    inner join night.int_sku_numbers as n on d.sku_id = n.sku_id
    where d.delay_days is null
),

-- What lines that are less than a witness take away from their day while nobody doubts them.
weigh_lines as (
    select
        sku_key,
        delivered_on,
        cast(case when is_new then $new_weight else 1 end * buyer_share as decimal(4, 3)) - 1 as lighter
    from night.int_sale_lines
    where is_new or buyer_share < 1
    union all
    -- The few that are doubted: what they are worth instead.
    select
        l.sku_key,
        l.delivered_on,
        cast(d.credibility * l.buyer_share as decimal(4, 3))
        - cast(case when l.is_new then $new_weight else 1 end * l.buyer_share as decimal(4, 3)) as lighter
    from night.int_sale_lines as l
    inner join night.int_doubted_lines as d
        on
            l.sku_key = d.sku_key
            and l.period = d.period
            and l.agent_key = d.agent_key
            and l.customer_key = d.customer_key
),

add_lighter as (
    select
        n.source_number as sku_number,
        l.delivered_on,
        sum(l.lighter) as lines
    from weigh_lines as l
    inner join night.int_source_numbers as n on n.kind = 'sku' and l.sku_key = n.name_key
    group by n.source_number, l.delivered_on
)

select
    d.sku_number,
    d.category_number,
    cast(date_diff('day', d.delivered_on, $as_of_date) as integer) as age_days,
    cast(d.lines + coalesce(l.lines, 0) as decimal(18, 3)) as delivered_lines
from list_deliveries as d
left join add_lighter as l on d.sku_number = l.sku_number and d.delivered_on = l.delivered_on
where d.lines + coalesce(l.lines, 0) <> 0
