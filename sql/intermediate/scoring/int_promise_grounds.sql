-- One row: whether the platform has seen enough for a promise on a list, why not, and what would be needed.
-- Why: until outcomes of enough days and lines have shown, what is stated of landmines rests on assumptions.
with count_days as (
    select cast(coalesce(max(age_days) + 1, 0) as integer) as days_seen
    from night.int_delivery_days
),

find_delay as (
    -- Days from a delivery until half of its regrets have shown, in the slowest category.
    select cast(coalesce(max(day) + 1, 0) as integer) as delay_days
    from night.int_delay_curve
    where regret_share < $half_shown
),

count_lines as (
    select
        cast(floor(coalesce(sum(regret_exposure + excused_exposure), 0) + 0.5) as bigint) as deliveries_seen,
        cast(coalesce(sum(regretted_lines + excused_regrets), 0) as double) as regrets_seen
    from night.int_sku_evidence
),

count_gaps as (
    select count(*) as gaps
    from night.int_returns_gaps
    where level = 'platform'
),

state_needs as (
    select
        g.gaps,
        l.regrets_seen,
        d.days_seen,
        cast($promise_days + e.delay_days as integer) as days_needed,
        l.deliveries_seen,
        cast($promise_lines as bigint) as deliveries_needed
    from count_days as d
    cross join find_delay as e
    cross join count_lines as l
    cross join count_gaps as g
),

find_reason as (
    select
        n.*,
        case
            when not $returns_seen then 'no_returns'
            when n.days_seen < n.days_needed then 'too_few_days'
            when n.deliveries_seen < n.deliveries_needed then 'too_few_deliveries'
            when n.gaps > 0 then 'returns_missing'
            when n.regrets_seen <= 0 then 'no_regrets_seen'
        end as reason_code
    from state_needs as n
)

select
    reason_code is null as can_promise,
    reason_code,
    days_seen,
    days_needed,
    deliveries_seen,
    deliveries_needed
from find_reason
