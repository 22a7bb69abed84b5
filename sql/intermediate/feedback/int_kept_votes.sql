-- One row: one SKU with what those buyers say of it who neither sent it back nor complained, one buyer one vote.
-- Why: being happy is asked of who kept a line of her own; others have no vote, and a vote is as credible as its line.
with list_written as (
    select order_line_id
    from night.int_window_mentions
    where kind = 'feedback' and satisfaction is not null and order_line_id is not null
    group by order_line_id
),

list_lines as (
    select
        l.order_line_id,
        l.return_days,
        case
            when l.is_unpaid then 0
            else
                cast(
                    coalesce(d.credibility, case when l.is_new then $new_weight else 1 end) as decimal(4, 3)
                )
        end as credibility
    from night.int_sale_lines as l
    inner join list_written as w on l.order_line_id = w.order_line_id
    left join night.int_doubted_lines as d
        on
            l.sku_key = d.sku_key
            and l.period = d.period
            and l.agent_key = d.agent_key
            and l.customer_key = d.customer_key
),

list_votes as (
    select
        m.sku_id,
        m.sender_key,
        m.satisfaction,
        cast(m.trust_weight * m.attribution_confidence * coalesce(cast(w.credibility as double), 1) as decimal(18, 6))
            as weight,
        case when w.return_days is not null or c.order_line_id is not null then 1 else 0 end as is_counted
    from night.int_window_mentions as m
    left join night.int_complaints as c on m.order_line_id = c.order_line_id
    left join list_lines as w on m.order_line_id = w.order_line_id
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
