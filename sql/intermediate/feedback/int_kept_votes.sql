-- One row: one SKU with what those buyers say of it who neither sent it back nor complained, one buyer one vote.
-- Why: being happy is asked of who kept a line of her own; others have no vote, and a vote is as credible as its line.
with list_votes as (
    select
        m.sku_id,
        m.sender_key,
        m.satisfaction,
        cast(m.trust_weight * m.attribution_confidence * coalesce(cast(w.credibility as double), 1) as decimal(18, 6))
            as weight,
        case
            when (t.is_sale and t.return_requested_on is not null) or c.order_line_id is not null then 1
            else 0
        end as is_counted
    from night.int_window_mentions as m
    left join history.order_line_timeline as t
        on
            m.order_line_id = t.order_line_id
            and t.valid_from <= $as_of_date
            and t.valid_to > $as_of_date
    left join night.int_complaints as c on m.order_line_id = c.order_line_id
    left join temp.int_witness_lines as w on m.order_line_id = w.written_line_id
    where
        m.kind = 'feedback'
        and m.sku_id is not null
        and m.order_line_id is not null
        and m.satisfaction is not null
),

join_votes as (
    select
        sku_id,
        sender_key,
        max(weight) as weight,
        cast(sum(cast(cast(weight as double) * satisfaction as decimal(18, 6))) as double)
        / nullif(cast(sum(weight) as double), 0) as satisfaction
    from list_votes
    group by sku_id, sender_key
    having max(is_counted) = 0 and sum(weight) > 0
)

select
    sku_id,
    cast(sum(case when satisfaction >= $happy_from then weight else 0 end) as double) as happy_weight,
    cast(sum(weight) as double) as kept_weight
from join_votes
group by sku_id
