-- One row: one day on which one wording of praise was part of a burst: many accounts, all within $burst_days of it.
-- Why: buyers write in different words; the same words from several accounts at once are taken as paid for.
with list_wordings as (
    select
        fingerprint_a as fingerprint,
        sent_on,
        sender_key
    from night.int_praise
    union all
    select
        fingerprint_b as fingerprint,
        sent_on,
        sender_key
    from night.int_praise
),

list_accounts as (
    select distinct
        fingerprint,
        sent_on,
        sender_key
    from list_wordings
    where fingerprint is not null
),

list_days as (
    select distinct
        fingerprint,
        sent_on
    from list_accounts
)

select
    d.fingerprint,
    d.sent_on
from list_days as d
inner join list_accounts as n
    on
        d.fingerprint = n.fingerprint
        and n.sent_on >= cast(d.sent_on - cast($burst_days as integer) * interval 1 day as date)
        and n.sent_on <= cast(d.sent_on + cast($burst_days as integer) * interval 1 day as date)
group by d.fingerprint, d.sent_on
having count(distinct n.sender_key) >= $burst_senders
