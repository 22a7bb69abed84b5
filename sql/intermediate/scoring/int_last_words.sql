-- One row: one agent who doubts SKUs and one SKU on which her last word of the last weeks is a doubt, or that she took it.
-- Why: a doubt that is said again is as old as it was, and declining for another reason takes it back.
with list_doubters as (
    select agent_id
    from night.int_quality_votes
    where is_doubt
    group by agent_id
),

list_words as (
    select
        a.agent_id,
        a.sku_id,
        coalesce(a.reason_code = 'doubt_quality', false) as is_doubt,
        a.answer in ('accepted', 'own_pick') as is_taken,
        cast(a.updated_at as date) as said_on,
        row_number() over (
            partition by a.agent_id, a.sku_id
            order by a.updated_at desc, a.list_date desc
        ) as newest_first
    from night.stg_match_answers as a
    inner join list_doubters as d on a.agent_id = d.agent_id
    inner join night.int_sku_numbers as n on a.sku_id = n.sku_id
    where cast(a.updated_at as date) > $standing_after
),

find_last as (
    select
        agent_id,
        sku_id,
        is_doubt,
        said_on
    from list_words
    where newest_first = 1 and (is_doubt or is_taken)
),

find_first_doubts as (
    select
        agent_id,
        sku_id,
        min(said_on) as said_on
    from list_words
    where is_doubt
    group by agent_id, sku_id
)

select
    l.agent_id,
    l.sku_id,
    l.is_doubt,
    case when l.is_doubt then f.said_on else l.said_on end as said_on
from find_last as l
left join find_first_doubts as f on l.agent_id = f.agent_id and l.sku_id = f.sku_id
