-- One row: an agent with what came of the SKUs that she was matched with in the last list dates, and of those she declined.
-- Why: she learns as an adviser learns; few customers are not counted, so that nobody can be told from a count.
with list_answers as (
    select
        agent_id,
        sku_id,
        list_date,
        answer
    from night.stg_match_answers
    where list_date > $told_after and list_date <= $as_of_date
),

-- What she recommended: matches that she did not decline, and what else she took or picked.
follow_buyers as (
    select
        t.agent_id,
        t.customer_id,
        count(*) as lines,
        count(*) filter (where t.returned_units > 0) as returned
    from history.order_line_timeline as t
    left join list_answers as a on t.agent_id = a.agent_id and t.sku_id = a.sku_id and t.ordered_on = a.list_date
    left join history.matched as m on t.agent_id = m.agent_id and t.sku_id = m.sku_id and t.ordered_on = m.list_date
    where
        t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.is_sale
        and t.ordered_on > $told_after
        and t.delivered_on <= $as_of_date
        and coalesce(a.answer, '') <> 'declined'
        and (a.answer is not null or m.agent_id is not null)
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

list_words as (
    select
        agent_id,
        sender_key,
        sku_id,
        sent_on,
        sent_at,
        message_id,
        case when satisfaction >= 0.5 then 1 else 0 end as happy
    from night.int_window_mentions
    where kind = 'feedback' and satisfaction is not null and trust_weight >= $trusted_from and sent_on > $told_after
),

-- Words on what she recommended on that day or before; a day and a word may meet more than once.
find_words as (
    select
        w.agent_id,
        w.sender_key,
        w.sku_id,
        w.sent_at,
        w.message_id,
        w.happy
    from list_words as w
    inner join history.matched as m on w.agent_id = m.agent_id and w.sku_id = m.sku_id and w.sent_on >= m.list_date
    left join list_answers as a on m.agent_id = a.agent_id and m.sku_id = a.sku_id and m.list_date = a.list_date
    where m.list_date > $told_after and m.list_date <= $as_of_date and coalesce(a.answer, '') <> 'declined'
    union all
    select
        w.agent_id,
        w.sender_key,
        w.sku_id,
        w.sent_at,
        w.message_id,
        w.happy
    from list_words as w
    inner join list_answers as a on w.agent_id = a.agent_id and w.sku_id = a.sku_id and w.sent_on >= a.list_date
    where a.answer <> 'declined'
),

take_last_words as (
    select
        agent_id,
        sender_key,
        happy
    from find_words
    qualify row_number() over (
        partition by agent_id, sender_key, sku_id order by sent_at desc, message_id desc, happy asc
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

list_last_answers as (
    select
        agent_id,
        sku_id,
        list_date,
        answer
    from list_answers
    qualify row_number() over (partition by agent_id, sku_id order by list_date desc) = 1
),

list_declined as (
    select
        agent_id,
        sku_id,
        list_date
    from list_last_answers
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
