-- One row: one SKU and earlier list date: what was said of satisfaction, and what became of the lines delivered on it.
-- Why: only lines old enough to count as kept show who was content; their votes stand for those who did not write.
with list_votes as (
    select
        order_line_id,
        max(case when satisfaction >= $happy_from then 1 else 0 end) as is_happy
    from night.int_window_mentions
    where
        kind = 'feedback'
        and order_line_id is not null
        and satisfaction is not null
        and trust_weight >= $trusted_from
    group by order_line_id
),

judge_lines as (
    select
        t.sku_id,
        t.delivered_on,
        t.return_requested_on is null and c.order_line_id is null as is_kept,
        v.is_happy
    from history.order_line_timeline as t
    left join night.int_complaints as c on t.order_line_id = c.order_line_id and c.complained_on <= $as_of_date
    left join list_votes as v on t.order_line_id = v.order_line_id
    where
        t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.is_sale
        and t.delivered_on > $first_on
        and t.delivered_on <= $last_on
        -- Days without predictions would be added up for nothing.
        and t.delivered_on in (select p.list_date from history.predictions as p)
),

count_lines as (
    select
        sku_id,
        delivered_on,
        count(*) as line_count,
        count(*) filter (where is_kept) as kept_lines,
        count(*) filter (where is_kept and is_happy is not null) as votes,
        count(*) filter (where is_kept and is_happy = 1) as happy_votes
    from judge_lines
    group by sku_id, delivered_on
)

select
    m.list_date,
    m.sku_id,
    m.decision = 'listed' as is_listed,
    m.satisfaction,
    l.line_count,
    l.kept_lines,
    l.votes,
    l.happy_votes
from history.predictions as m
inner join count_lines as l on m.sku_id = l.sku_id and m.list_date = l.delivered_on
order by m.list_date, m.sku_id
