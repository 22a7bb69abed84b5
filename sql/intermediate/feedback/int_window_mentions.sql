-- One row: one message about one SKU, or about none, of the last $window_days, with how far it can be believed.
-- Why: praise is cheap for those who never bought; the rules and their weights are stated here and nowhere else.
with pick_newest as (
    select
        message_id,
        group_id,
        agent_id,
        sender_key,
        sku_id,
        sent_at,
        sent_on,
        kind,
        satisfaction,
        aspects,
        attribution,
        attribution_confidence,
        order_line_id,
        is_complaint,
        calibrated,
        fingerprint_a,
        fingerprint_b
    from history.mentions
    where
        known_on <= $as_of_date
        and sent_on > cast($as_of_date - cast($window_days as integer) * interval 1 day as date)
    qualify rank() over (partition by message_id order by sent_at desc, row_hash desc, known_on asc) = 1
),

find_customers as (
    select
        customer_id,
        min(ordered_on) as first_ordered_on
    from history.order_line_timeline
    where valid_from <= $as_of_date
    group by customer_id
),

find_first_days as (
    select
        sender_key,
        min(sent_on) as first_sent_on
    from history.mentions
    where known_on <= $as_of_date
    group by sender_key
),

mark_praise as (
    select
        p.message_id,
        p.group_id,
        p.agent_id,
        p.sender_key,
        p.sku_id,
        p.sent_at,
        p.sent_on,
        p.kind,
        p.satisfaction,
        p.aspects,
        p.attribution,
        p.attribution_confidence,
        p.order_line_id,
        p.is_complaint,
        p.calibrated,
        p.fingerprint_a,
        p.fingerprint_b,
        p.kind = 'feedback' and p.satisfaction >= 0.6 as is_praise,
        c.first_ordered_on <= p.sent_on as has_ordered,
        f.first_sent_on = p.sent_on as is_first_day
    from pick_newest as p
    left join find_customers as c on p.sender_key = c.customer_id
    left join find_first_days as f on p.sender_key = f.sender_key
),

count_praise_a_day as (
    select
        fingerprint,
        sent_on,
        sender_key
    from (
        select
            fingerprint_a as fingerprint,
            sent_on,
            sender_key
        from mark_praise
        where is_praise
        union all
        select
            fingerprint_b as fingerprint,
            sent_on,
            sender_key
        from mark_praise
        where is_praise
    ) as u
    where fingerprint is not null
    group by fingerprint, sent_on, sender_key
),

find_bursts as (
    select
        d.fingerprint,
        d.sent_on
    from (select distinct
        fingerprint,
        sent_on
    from count_praise_a_day) as d
    inner join count_praise_a_day as n
        on
            d.fingerprint = n.fingerprint
            and n.sent_on >= cast(d.sent_on - interval 1 day as date)
            and n.sent_on <= cast(d.sent_on + interval 1 day as date)
    group by d.fingerprint, d.sent_on
    having count(distinct n.sender_key) >= $burst_senders
),

find_tied_accounts as (
    select sender_key
    from mark_praise
    where is_praise and not coalesce(has_ordered, false)
    group by sender_key
    having count(distinct agent_id) = 1 and count(distinct sku_id) >= 2
),

apply_rules as (
    select
        m.message_id,
        m.group_id,
        m.agent_id,
        m.sender_key,
        m.sku_id,
        m.sent_at,
        m.sent_on,
        m.kind,
        m.satisfaction,
        m.aspects,
        m.attribution,
        m.attribution_confidence,
        m.order_line_id,
        m.is_complaint,
        m.calibrated,
        m.fingerprint_a,
        m.fingerprint_b,
        m.is_praise,
        m.is_first_day,
        coalesce(m.has_ordered, false) as is_customer,
        a.fingerprint is not null or b.fingerprint is not null as is_in_burst,
        t.sender_key is not null as is_tied
    from mark_praise as m
    left join find_bursts as a on m.fingerprint_a = a.fingerprint and m.sent_on = a.sent_on
    left join find_bursts as b on m.fingerprint_b = b.fingerprint and m.sent_on = b.sent_on
    left join find_tied_accounts as t on m.sender_key = t.sender_key
)

select
    message_id,
    group_id,
    agent_id,
    sender_key,
    sku_id,
    sent_at,
    sent_on,
    kind,
    satisfaction,
    aspects,
    attribution,
    attribution_confidence,
    order_line_id,
    is_praise,
    is_complaint,
    calibrated,
    cast(case
        when kind <> 'feedback' then 0.0
        when order_line_id is not null then case when is_praise and is_in_burst then 0.5 else 1.0 end
        when is_praise and is_in_burst then 0.0
        when is_praise and not is_customer and (is_first_day or is_tied) then 0.0
        when is_praise and not is_customer then 0.1
        when is_praise then 0.5
        when not is_customer then 0.3
        else 0.7
    end as double) as trust_weight
from apply_rules
