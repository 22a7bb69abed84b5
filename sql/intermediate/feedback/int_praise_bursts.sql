-- One row: one day on which a wording of praise of one SKU was bought: a burst of it, or far more of it than elsewhere.
-- Why: buyers write in different words, set phrases aside; the same from several accounts at once is taken as paid for.
with list_accounts as (
    select distinct
        fingerprint,
        sent_on,
        sender_key
    from temp.int_praise_words
),

list_days as (
    select distinct
        fingerprint,
        sent_on
    from list_accounts
),

count_near as (
    select
        d.fingerprint,
        d.sent_on,
        count(distinct n.sender_key) as accounts,
        count(distinct n.sent_on) as days,
        count(*) as said
    from list_days as d
    inner join list_accounts as n
        on
            d.fingerprint = n.fingerprint
            and n.sent_on >= cast(d.sent_on - cast($burst_days as integer) * interval 1 day as date)
            and n.sent_on <= cast(d.sent_on + cast($burst_days as integer) * interval 1 day as date)
    group by d.fingerprint, d.sent_on
),

find_bursts as (
    -- What is usual of a set phrase is what other days have of it; other wordings have no usual.
    select
        n.fingerprint,
        n.sent_on
    from count_near as n
    left join night.int_set_phrases as p on n.fingerprint = p.fingerprint
    where
        n.accounts
        >= $burst_senders
        + $burst_over_usual * coalesce(n.days * (p.said - n.said) / nullif(cast(p.days - n.days as double), 0), 0)
),

count_sku_accounts as (
    select
        coalesce(sku_id, '') as sku_key,
        cast(count(distinct sender_key) as double) as accounts
    from temp.int_recent_feedback
    where is_praise
    group by coalesce(sku_id, '')
),

count_sku_praise as (
    select
        sku_key,
        accounts,
        sum(accounts) over () as praise
    from count_sku_accounts
),

count_phrase_praise as (
    select
        w.fingerprint,
        w.sku_key,
        cast(count(distinct w.sender_key) as double) as accounts
    from temp.int_praise_words as w
    inner join night.int_set_phrases as p on w.fingerprint = p.fingerprint
    group by w.fingerprint, w.sku_key
),

sum_praise as (
    select
        p.fingerprint,
        p.sku_key,
        p.accounts,
        s.accounts as sku_accounts,
        sum(p.accounts) over (partition by p.fingerprint) - p.accounts as elsewhere,
        s.praise - s.accounts as praise_elsewhere
    from count_phrase_praise as p
    inner join count_sku_praise as s on p.sku_key = s.sku_key
),

find_bought as (
    select
        fingerprint,
        sku_key
    from sum_praise
    where
        sku_key <> ''
        and accounts
        >= $burst_senders
        + $burst_over_usual * sku_accounts * elsewhere / cast(greatest(praise_elsewhere, 1) as double)
)

select distinct
    w.fingerprint,
    w.sent_on,
    w.sku_key
from temp.int_praise_words as w
left join find_bursts as b on w.fingerprint = b.fingerprint and w.sent_on = b.sent_on
left join find_bought as s on w.fingerprint = s.fingerprint and w.sku_key = s.sku_key
where b.fingerprint is not null or s.fingerprint is not null
