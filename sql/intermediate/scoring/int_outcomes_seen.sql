-- One row: whether any return of a delivered line is known tonight, and any sign of regret: a return or a word in chat.
-- Why: where a platform sends none, that nobody sent a SKU back says nothing of it.
with count_signs as (
    select
        (
            select count(*)
            from night.int_sku_daily
            where delay_days is not null
        ) as returned_days,
        (
            select count(*)
            from night.int_complaints
        ) as complaints,
        (
            select count(*)
            from night.feedback_mentions
        ) as mentions
)

select
    returned_days > 0 as returns_seen,
    returned_days + complaints + mentions > 0 as regrets_seen
from count_signs
