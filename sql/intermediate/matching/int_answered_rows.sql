-- One row: a SKU that an agent was given for a list date, as evidence of what she takes, with what she did of it before.
-- Why: who took a SKU takes it again sooner than a new one; what she has just posted she would rather not post again.
with judge_rows as (
    select
        agent_id,
        sku_id,
        list_date,
        answer,
        reason_code,
        is_posted,
        case when answer = 'accepted' or coalesce(is_posted, false) then 1 else 0 end as taken
    from night.int_answer_history
    where coalesce(reason_code, '') <> 'sold_out_before'
),

rank_rows as (
    select
        agent_id,
        sku_id,
        list_date,
        answer,
        reason_code,
        is_posted,
        lag(taken) over (partition by agent_id, sku_id order by list_date) as taken_before,
        row_number() over (partition by agent_id order by list_date desc, sku_id asc) as place
    from judge_rows
),

find_last_posts as (
    select
        r.agent_id,
        r.sku_id,
        r.list_date,
        max(p.posted_on) as last_posted_on
    from rank_rows as r
    inner join history.posts as p
        on r.agent_id = p.agent_id and r.sku_id = p.sku_id and r.list_date > p.posted_on
    where r.place <= $newest
    group by r.agent_id, r.sku_id, r.list_date
)

select
    r.agent_id,
    r.sku_id,
    r.answer,
    r.reason_code,
    r.is_posted,
    r.taken_before,
    date_diff('day', p.last_posted_on, r.list_date) as days_since
from rank_rows as r
left join find_last_posts as p
    on r.agent_id = p.agent_id and r.sku_id = p.sku_id and r.list_date = p.list_date
where r.place <= $newest
order by r.agent_id, r.list_date, r.sku_id
