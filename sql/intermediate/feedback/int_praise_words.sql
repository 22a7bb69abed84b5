-- One row: one wording of praise, by either print, on one day by one account of one SKU ('' where none is named).
-- Why: bursts and set phrases count the same things, so that one cannot be taken for the other.
with list_wordings as (
    select
        fingerprint_a as fingerprint,
        sent_on,
        sender_key,
        agent_id,
        coalesce(sku_id, '') as sku_key
    from temp.int_recent_feedback
    where is_praise
    union all
    select
        fingerprint_b as fingerprint,
        sent_on,
        sender_key,
        agent_id,
        coalesce(sku_id, '') as sku_key
    from temp.int_recent_feedback
    where is_praise
)

select distinct
    fingerprint,
    sent_on,
    sender_key,
    agent_id,
    sku_key
from list_wordings
where fingerprint is not null
