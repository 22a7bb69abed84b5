-- One row: one agent who doubts SKUs, and one SKU that she has doubted or taken since $first_on, with what stands tonight.
-- Why: her first word of either kind is judged, her last one stands; a day is the one on which she said it, not its list's.
with list_answers as (
    select
        agent_id,
        sku_id,
        coalesce(reason_code = 'doubt_quality', false) as is_doubt,
        answer in ('accepted', 'own_pick') as is_taken,
        cast(updated_at as date) as said_on,
        row_number() over (
            partition by agent_id, sku_id
            order by updated_at desc, list_date desc
        ) as newest_first
    from night.stg_match_answers
    where cast(updated_at as date) > $first_on
),

list_doubters as (
    select agent_id
    from list_answers
    where is_doubt
    group by agent_id
),

add_words as (
    select
        a.agent_id,
        a.sku_id,
        min(a.said_on) filter (where a.is_doubt) as doubted_on,
        min(a.said_on) filter (where a.is_taken) as taken_on,
        min(a.said_on) filter (where a.is_doubt and a.said_on > $standing_after) as doubts_since_on,
        max(a.said_on) filter (where a.newest_first = 1 and a.is_doubt) as last_doubt_on,
        max(a.said_on) filter (where a.newest_first = 1 and a.is_taken) as last_taken_on
    from list_answers as a
    inner join list_doubters as d on a.agent_id = d.agent_id
    inner join night.int_sku_numbers as n on a.sku_id = n.sku_id
    group by a.agent_id, a.sku_id
)

select
    agent_id,
    sku_id,
    doubted_on,
    taken_on,
    last_doubt_on > $standing_after as is_doubt,
    case
        when last_doubt_on > $standing_after then doubts_since_on
        when last_taken_on > $standing_after then last_taken_on
    end as stands_since_on
from add_words
where doubted_on is not null or taken_on is not null
