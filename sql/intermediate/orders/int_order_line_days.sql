-- One row: one day on which what is known of a changed order line may change, and the version in force from then.
-- Why: a delivery stamped after the day its version became known takes effect on its own day; an only state is known.
with list_changes as (
    select
        order_line_id,
        known_on as changed_on,
        version_rank,
        case when status = 'delivered' then updated_at end as delivered_stamp
    from temp.int_order_line_versions
    where not is_only_state
    union all
    select
        order_line_id,
        delivered_on as changed_on,
        null as version_rank,
        null as delivered_stamp
    from temp.int_order_line_versions
    where delivered_on > known_on
    union all
    select
        order_line_id,
        effective_on as changed_on,
        null as version_rank,
        null as delivered_stamp
    from temp.int_return_versions
),

merge_days as (
    select
        order_line_id,
        changed_on,
        max(version_rank) as version_rank,
        min(delivered_stamp) as delivered_stamp
    from list_changes
    group by order_line_id, changed_on
),

carry_forward as (
    select
        order_line_id,
        changed_on,
        max(version_rank) over (partition by order_line_id order by changed_on) as version_rank,
        min(delivered_stamp) over (partition by order_line_id order by changed_on) as first_delivered_stamp
    from merge_days
)

select
    order_line_id,
    changed_on,
    version_rank,
    first_delivered_stamp
from carry_forward
where version_rank is not null
