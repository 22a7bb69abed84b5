-- One row: a stratum of what the model says of buyers' words on lines they kept, whether it counts as happy, and a label.
-- Why: what people say of a sample of each stratum corrects what the model says of all of it; label is null without one.
with list_votes as (
    select
        cast(floor(least(m.satisfaction, 0.999) * $strata) as integer) as stratum,
        m.satisfaction >= $happy_from as is_happy,
        l.label
    from night.int_window_mentions as m
    inner join history.order_line_timeline as t
        on
            m.order_line_id = t.order_line_id
            and t.valid_from <= $as_of_date
            and t.valid_to > $as_of_date
    left join night.int_complaints as c on m.order_line_id = c.order_line_id
    left join night.int_message_labels as l on m.message_id = l.message_id
    where
        m.kind = 'feedback'
        and m.sku_id is not null
        and m.satisfaction is not null
        and t.is_sale
        and t.return_requested_on is null
        and c.order_line_id is null
        and coalesce(l.label, 0) >= 0
)

select
    stratum,
    is_happy,
    label,
    count(*) as votes
from list_votes
group by stratum, is_happy, label
order by stratum, is_happy, label
