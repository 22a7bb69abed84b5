-- One row: a SKU that an agent has declined and that does not come back to her yet.
-- Why: she is asked again only for a reason that she can be told: a lower price, a risk that has halved, or time.
with list_last_answers as (
    select
        agent_id,
        sku_id,
        list_date,
        answer,
        reason_code
    from night.stg_match_answers
    where list_date > $remembered_after
    qualify row_number() over (partition by agent_id, sku_id order by list_date desc) = 1
),

list_declined as (
    select
        agent_id,
        sku_id,
        list_date,
        reason_code
    from list_last_answers
    where
        answer = 'declined'
        and (coalesce(reason_code, '') not in ('posted_lately', 'sold_out_before') or list_date > $rested_after)
),

find_prices_then as (
    select
        d.agent_id,
        d.sku_id,
        p.list_price
    from list_declined as d
    inner join source.products as p on d.sku_id = p.sku_id and d.list_date > p.known_on
    qualify row_number() over (partition by d.agent_id, d.sku_id order by p.updated_at desc, p.row_hash desc) = 1
),

find_newest_risks as (
    select
        sku_id,
        landmine_probability
    from history.predictions
    qualify row_number() over (partition by sku_id order by list_date desc) = 1
)

select
    d.agent_id,
    d.sku_id,
    d.reason_code,
    d.list_date as declined_on
from list_declined as d
inner join night.stg_products as g on d.sku_id = g.sku_id
left join find_prices_then as t on d.agent_id = t.agent_id and d.sku_id = t.sku_id
left join find_newest_risks as n on d.sku_id = n.sku_id
left join history.predictions as e on d.sku_id = e.sku_id and d.list_date = e.list_date
where
    g.list_price >= coalesce(t.list_price, g.list_price)
    and (2 * n.landmine_probability > e.landmine_probability or e.landmine_probability is null)
order by d.agent_id, d.sku_id
