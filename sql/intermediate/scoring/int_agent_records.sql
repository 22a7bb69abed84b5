-- One row: an agent with what came of the SKUs that she was matched with in the last list dates, and of those she declined.
-- Why: she learns as an adviser learns; few customers are not counted, so that nobody can be told from a count.
with follow_buyers as (
    select
        t.agent_id,
        t.customer_id,
        count(*) as lines,
        count(*) filter (where t.returned_units > 0) as returned
    from history.order_line_timeline as t
    inner join history.matched as m on t.agent_id = m.agent_id and t.sku_id = m.sku_id and t.ordered_on = m.list_date
    where
        t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.is_sale
        and t.ordered_on > $told_after
        and t.delivered_on <= $as_of_date
    group by t.agent_id, t.customer_id
),

count_lines as (
    select
        agent_id,
        sum(lines) as recommended_lines,
        sum(returned) as returned_lines
    from follow_buyers
    group by agent_id
    having count(*) >= $least_customers
),

-- A customer's last word on each SKU that the agent was matched with on that day or before.
take_last_words as (
    select
        w.agent_id,
        w.sender_key,
        w.sku_id,
        case when w.satisfaction >= 0.5 then 1 else 0 end as happy
    from night.int_window_mentions as w
    inner join history.matched as m on w.agent_id = m.agent_id and w.sku_id = m.sku_id and w.sent_on >= m.list_date
    where
        w.kind = 'feedback'
        and w.satisfaction is not null
        and w.trust_weight >= $trusted_from
        and m.list_date > $told_after
        and m.list_date <= $as_of_date
    qualify row_number() over (
        partition by w.agent_id, w.sender_key, w.sku_id order by w.sent_at desc, w.message_id desc, m.list_date desc
    ) = 1
),

count_voices as (
    select
        agent_id,
        count(*) as feedback_voices,
        sum(happy) as happy_voices
    from take_last_words
    group by agent_id
    having count(distinct sender_key) >= $least_customers
),

list_declined as (
    select
        agent_id,
        sku_id,
        list_date
    from (
        select
            agent_id,
            sku_id,
            list_date,
            answer
        from night.stg_match_answers
        where list_date > $told_after and list_date <= $as_of_date
        qualify row_number() over (partition by agent_id, sku_id order by list_date desc) = 1
    ) as a
    where answer = 'declined'
),

find_newest_risks as (
    select
        sku_id,
        list_date,
        landmine_probability
    from history.predictions
    where sku_id in (select d.sku_id from list_declined as d)
    qualify row_number() over (partition by sku_id order by list_date desc) = 1
),

judge_declined as (
    select
        d.agent_id,
        case
            when h.sku_id is not null then 'bad'
            when s.landmine_probability > $landmine_cap or s.regret_rate > s.landmine_ceiling then 'bad'
            when s.sku_id is null and n.list_date > d.list_date and n.landmine_probability > $landmine_cap then 'bad'
            when s.evidence_orders >= $judged_lines then 'good'
        end as verdict
    from list_declined as d
    left join night.sku_scores as s on d.sku_id = s.sku_id
    left join night.int_danger_holds as h on d.sku_id = h.sku_id
    left join find_newest_risks as n on d.sku_id = n.sku_id
),

count_declined as (
    select
        agent_id,
        count(*) as declined_skus,
        count(*) filter (where verdict = 'bad') as declined_right,
        count(*) filter (where verdict = 'good') as declined_fine
    from judge_declined
    group by agent_id
),

list_agents as (
    select agent_id
    from count_lines
    union distinct
    select agent_id
    from count_voices
    union distinct
    select agent_id
    from count_declined
)

select
    a.agent_id,
    cast(l.recommended_lines as bigint) as recommended_lines,
    cast(l.recommended_lines - l.returned_lines as bigint) as kept_lines,
    cast(l.returned_lines as bigint) as returned_lines,
    cast(v.feedback_voices as bigint) as feedback_voices,
    cast(v.happy_voices as bigint) as happy_voices,
    cast(d.declined_skus as bigint) as declined_skus,
    cast(d.declined_right as bigint) as declined_right,
    cast(d.declined_fine as bigint) as declined_fine
from list_agents as a
left join count_lines as l on a.agent_id = l.agent_id
left join count_voices as v on a.agent_id = v.agent_id
left join count_declined as d on a.agent_id = d.agent_id
order by a.agent_id
