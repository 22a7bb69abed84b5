-- One row: one message about one SKU, or about none: its sender, kind, SKU and satisfaction.
-- Why: her newest line of that SKU can be regretted; a judgement of the courier or shop alone is feedback on no SKU.
with list_targets as (
    select c.*
    from temp.int_mention_targets as c
    union all
    select s.*
    from temp.int_seller_targets as s
),

join_targets as (
    select
        t.message_no,
        t.part,
        t.kind,
        case
            when t.kind <> 'feedback' or t.is_danger or coalesce(r.is_about_goods, true) then t.sku_id
        end as sku_id,
        t.attribution,
        t.attribution_confidence,
        t.has_own_order,
        t.is_danger,
        r.satisfaction,
        r.aspects,
        r.is_discontent,
        r.calibrated,
        r.model_version,
        r.fingerprint_a,
        r.fingerprint_b
    from list_targets as t
    left join night.int_mention_readings as r on t.message_no = r.message_no and t.part = r.part
),

find_shared as (
    select message_no
    from temp.int_mention_targets
    group by message_no
    having count(*) > 1
),

-- Parts that name several SKUs and judge the courier alone are of none: the least content speaks for them.
rank_parts as (
    select
        t.message_no,
        t.part,
        row_number() over (
            partition by t.message_no, t.sku_id order by t.is_danger desc, t.satisfaction asc nulls last, t.part asc
        ) as part_rank
    from join_targets as t
    inner join find_shared as s on t.message_no = s.message_no
),

find_own_line as (
    select
        l.message_no,
        l.sku_id,
        l.order_line_id
    from night.int_mention_lines as l
    where
        exists (
            select 1 from temp.int_mention_targets as t
            where t.message_no = l.message_no and t.sku_id = l.sku_id
        )
    qualify row_number() over (
        partition by l.message_no, l.sku_id order by l.delivered_at desc, l.order_line_id asc
    ) = 1
)

select
    m.message_id,
    m.known_on,
    m.row_hash,
    m.group_id,
    m.agent_id,
    m.sender_key,
    m.sender_role,
    m.sent_at,
    m.sent_on,
    t.sku_id,
    t.kind,
    case when t.is_danger then cast(0 as double) when t.kind = 'feedback' then t.satisfaction end as satisfaction,
    t.aspects,
    case when t.sku_id is null then 'none' else t.attribution end as attribution,
    case when t.sku_id is null then cast(0 as double) else t.attribution_confidence end as attribution_confidence,
    o.order_line_id,
    t.kind = 'feedback' and t.sku_id is not null and (t.is_danger or t.is_discontent) as is_complaint,
    coalesce(t.calibrated, false) as calibrated,
    t.model_version,
    t.has_own_order,
    t.fingerprint_a,
    t.fingerprint_b,
    t.part,
    -- Empty rather than false, as in rows that an earlier release read.
    nullif(t.is_danger, false) as is_danger
from join_targets as t
inner join night.int_mention_messages as m on t.message_no = m.message_no
-- What was gathered may be of more days than are read now.
inner join night.int_stale_days as d on m.known_on = d.known_on
left join rank_parts as k on t.message_no = k.message_no and t.part = k.part
left join find_own_line as o on t.message_no = o.message_no and t.sku_id = o.sku_id
where coalesce(k.part_rank, 1) = 1
