-- One row: an offered return of one order line; one that names several lines, or an order alone, is spread over them.
-- DuckDB only: temporary tables exist in one engine alone. Units that nothing tells are drawn by the return's hash.
with name_lines as (
    select
        o.rowid as offered_no,
        l.order_line_id,
        l.units,
        l.paid
    from temp.offered as o
    inner join temp.return_lines as l on o.order_line_id = l.order_line_id
    union all
    select
        o.rowid as offered_no,
        l.order_line_id,
        l.units,
        l.paid
    from temp.offered as o
    inner join temp.return_lines as l
        on o.order_line_id = l.bundle_line_id and o.order_line_id <> l.order_line_id
    union all
    select
        o.rowid as offered_no,
        l.order_line_id,
        l.units,
        l.paid
    from temp.offered as o
    inner join temp.return_lines as l on o.order_id = l.order_id
    where o.order_line_id is null
),

list_several as (
    select
        return_id,
        updated_at
    from temp.offered
    where order_line_id is not null
    group by return_id, updated_at
    having count(distinct order_line_id) > 1
),

add_up as (
    select
        n.*,
        count(*) over all_lines as lines,
        cast(sum(n.units) over all_lines as bigint) as all_units,
        sum(n.paid) over all_lines as all_paid,
        cast(sum(n.units) over lines_so_far as bigint) as units_so_far
    from name_lines as n
    window
        all_lines as (partition by n.offered_no),
        lines_so_far as (partition by n.offered_no order by n.order_line_id rows unbounded preceding)
),

count_units as (
    select
        a.*,
        cast(o.refund_amount as double) as refund,
        cast(case
            when o.quantity > 0 then least(o.quantity, a.all_units)
            when o.refund_amount = 0 or o.refund_amount >= 0.95 * a.all_paid then a.all_units
            else greatest(round(o.refund_amount * a.all_units / a.all_paid), 1)
        end as bigint) as sent_units,
        cast('0x' || left(md5(o.return_id), 12) as bigint) % a.all_units as draw
    from add_up as a
    inner join temp.offered as o on a.offered_no = o.rowid
),

match_refunds as (
    select
        c.*,
        c.lines > 1
        and c.sent_units < c.all_units
        and abs(c.paid / c.units * least(c.sent_units, c.units) - c.refund) < 0.005 as is_matched
    from count_units as c
),

share_units as (
    select
        m.*,
        case
            when sum(cast(m.is_matched as integer)) over (partition by m.offered_no) = 1
                then cast(m.is_matched as integer) * least(m.sent_units, m.units)
            else
                (m.units_so_far * m.sent_units + m.draw) // m.all_units
                - ((m.units_so_far - m.units) * m.sent_units + m.draw) // m.all_units
        end as line_units
    from match_refunds as m
),

share_refunds as (
    select
        s.offered_no,
        s.order_line_id,
        s.lines,
        s.line_units,
        s.refund,
        s.line_units * (s.paid / s.units + 1e-9) as worth
    from share_units as s
    where s.line_units > 0
),

round_refunds as (
    select
        s.offered_no,
        s.order_line_id,
        s.lines,
        s.line_units,
        round(s.refund * sum(s.worth) over so_far / sum(s.worth) over whole, 2) as refund_so_far,
        round(s.refund * (sum(s.worth) over so_far - s.worth) / sum(s.worth) over whole, 2) as refund_before
    from share_refunds as s
    window
        whole as (partition by s.offered_no),
        so_far as (partition by s.offered_no order by s.order_line_id rows unbounded preceding)
),

known_parts as (
    select distinct return_id
    from temp.return_parts
),

spread_rows as (
    select
        o.* exclude (return_id, order_line_id, order_id, quantity, refund_amount, cleaned_ids),
        case
            when
                s.return_id is null
                and e.return_id is null
                and coalesce(r.order_line_id = o.order_line_id, r.lines is null)
                then o.return_id
            else o.return_id || '#' || coalesce(r.order_line_id, o.order_line_id)
        end as return_id,
        coalesce(r.order_line_id, o.order_line_id) as order_line_id,
        case when o.order_line_id is null then o.order_id end as order_id,
        case
            when o.order_line_id is null then o.cleaned_ids
            when o.cleaned_ids <> ['order_id'] then list_filter(o.cleaned_ids, lambda name: name <> 'order_id')
        end as cleaned_ids,
        case
            when r.lines = 1 and o.quantity > 0 then o.quantity
            else cast(coalesce(r.line_units, o.quantity) as integer)
        end as quantity,
        case
            when r.lines > 1 then cast(r.refund_so_far - r.refund_before as decimal(12, 2))
            else o.refund_amount
        end as refund_amount
    from temp.offered as o
    left join round_refunds as r on o.rowid = r.offered_no
    left join list_several as s on o.return_id = s.return_id and o.updated_at = s.updated_at
    left join known_parts as e on o.return_id || '#' || o.order_line_id = e.return_id
),

-- Lines that an earlier row of a spread return meant, and a later one does not: there it was taken back.
list_parts as (
    select
        split_part(return_id, '#', 1) as whole_id,
        return_id,
        order_line_id,
        max(quantity) as quantity,
        min(updated_at) as first_at
    from (
        select
            return_id,
            order_line_id,
            quantity,
            updated_at
        from temp.return_parts
        union all
        select
            return_id,
            order_line_id,
            quantity,
            updated_at
        from spread_rows
        where contains(return_id, '#') and order_line_id is not null
    ) as p
    group by return_id, order_line_id
),

take_back as (
    select
        o.* exclude (return_id, order_line_id, order_id, quantity, refund_amount, state, cleaned_ids),
        p.return_id,
        p.order_line_id,
        o.order_id,
        p.quantity,
        cast(0 as decimal(12, 2)) as refund_amount,
        'withdrawn' as state,
        o.cleaned_ids
    from temp.offered as o
    inner join list_parts as p on o.return_id = p.whole_id and o.updated_at > p.first_at
    where
        o.order_line_id is null
        and o.rowid in (select r.offered_no from round_refunds as r)
        and not exists (
            select 1
            from round_refunds as r
            where r.offered_no = o.rowid and r.order_line_id = p.order_line_id
        )
)

select *
from spread_rows
union all by name
select *
from take_back
