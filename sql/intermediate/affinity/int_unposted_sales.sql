-- One row: one SKU that the customers of an agent without posts in the chat ordered on one day, without a match.
-- Why: an agent who posts elsewhere did post what her groups bought; a match of the days before explains its sales.
with list_matched as (
    select
        agent_id,
        min(list_date) as first_on
    from history.matched
    where
        $every > 1
        and list_date > $posts_before
        and list_date <= $as_of_date
        and agent_id not in (select t.agent_id from night.int_teachers as t)
    group by agent_id
)

select
    s.agent_id,
    s.sku_id,
    s.ordered_on,
    s.ordered_units
from temp.int_choice_days as s
where
    s.ordered_on > $posts_before
    and s.ordered_units > 0
    and not exists (
        select 1 from temp.int_recorded_posts as p
        where p.basis = 'chat' and p.agent_id = s.agent_id
    )
    and not exists (
        select 1 from temp.int_recorded_posts as g
        where
            g.basis = 'matched'
            and g.agent_id = s.agent_id
            and g.sku_id = s.sku_id
            and g.posted_on <= s.ordered_on
            and g.posted_on >= cast(s.ordered_on - cast($post_sells_days as integer) * interval 1 day as date)
    )
    and not exists (
        select 1 from list_matched as m
        where m.agent_id = s.agent_id and m.first_on <= s.ordered_on
    )
