-- One row: what one agent who doubts SKUs said of one SKU in one period of $period_days days: her first doubt, or that she took it.
-- Why: one agent has one vote a SKU and period; a day is the one on which she said it, so that no answer can be made to look early.
with list_doubters as (
    select agent_id
    from night.stg_match_answers
    where reason_code = 'doubt_quality' and cast(updated_at as date) > $first_on
    group by agent_id
),

list_words as (
    select
        a.agent_id,
        a.sku_id,
        coalesce(a.reason_code = 'doubt_quality', false) as is_doubt,
        cast(a.updated_at as date) as said_on,
        cast(
            floor(date_diff('day', cast('1970-01-01' as date), cast(a.updated_at as date)) / cast($period_days as double))
            as integer
        ) as period
    from night.stg_match_answers as a
    inner join list_doubters as d on a.agent_id = d.agent_id
    inner join night.int_sku_numbers as n on a.sku_id = n.sku_id
    where
        cast(a.updated_at as date) > $first_on
        and (a.reason_code = 'doubt_quality' or a.answer in ('accepted', 'own_pick'))
)

select
    w.agent_id,
    w.sku_id,
    w.period,
    w.is_doubt,
    min(w.said_on) as said_on
from list_words as w
group by w.agent_id, w.sku_id, w.period, w.is_doubt
qualify row_number() over (partition by w.agent_id, w.sku_id, w.period order by w.is_doubt desc) = 1
