-- One row: one wording of praise that the whole platform uses: on how many days, and how many accounts said it, by day.
-- Why: set phrases come in the same words from everybody; they are said on most days, for no one agent or SKU.
with count_days as (
    select count(distinct sent_on) as days
    from temp.int_recent_feedback
    where is_praise
),

list_accounts as (
    select distinct
        fingerprint,
        sent_on,
        sender_key
    from temp.int_praise_words
),

count_wordings as (
    select
        fingerprint,
        count(distinct sent_on) as days,
        count(*) as said
    from list_accounts
    group by fingerprint
    having count(distinct sent_on) >= $phrase_days
),

count_parts as (
    select
        fingerprint,
        agent_id,
        '' as sku_key,
        count(*) as said
    from temp.int_praise_words
    group by fingerprint, agent_id
    union all
    select
        fingerprint,
        '' as agent_id,
        sku_key,
        count(*) as said
    from temp.int_praise_words
    where sku_key <> ''
    group by fingerprint, sku_key
),

find_largest as (
    select
        fingerprint,
        max(said) as said
    from count_parts
    group by fingerprint
)

select
    w.fingerprint,
    w.days,
    w.said
from count_wordings as w
inner join find_largest as l on w.fingerprint = l.fingerprint
cross join count_days as d
where l.said <= $phrase_part * w.said and w.days >= $phrase_part * d.days
