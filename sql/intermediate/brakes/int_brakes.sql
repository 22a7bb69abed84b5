-- One row: one brake of this night with its value, what is usual, its limits, and whether it holds: a row of run_quality.
-- Why: the nearest level counts, of the last week or this weekday, by nights or by days, so that rhythm and slow change pass.
with put_on_scale as (
    select
        m.brake,
        m.value,
        m.counted,
        m.per,
        m.least_value,
        m.most_value,
        coalesce(0.5 / cast(m.per as double), 0) as half,
        case
            when r.scale = 'ratio' then ln(greatest(m.value + coalesce(0.5 / cast(m.per as double), 0), 1e-6))
            else m.value
        end as x,
        r.scale,
        r.spreads,
        r.spread,
        r.chance,
        r.least_step,
        r.is_low_bad,
        r.is_high_bad,
        r.high_factor
    from night.int_brake_measures as m
    inner join night.brake_rules as r on m.brake = r.brake
),

collect_history as (
    select
        p.brake,
        'nights' as series,
        cast(h.list_date - 1 * interval 1 day as date) as measured_on,
        h.value,
        h.result = 'fail' as is_approved,
        case when p.scale = 'ratio' then ln(greatest(h.value + p.half, 1e-6)) else h.value end as x
    from history.brakes as h
    inner join put_on_scale as p on h.check_name = 'brakes.' || p.brake
    where h.list_date < $list_date and h.list_date > $first_on
    union all
    select
        d.brake,
        'days' as series,
        d.measured_on,
        d.value,
        false as is_approved,
        ln(greatest(d.value + 0.5 / cast(d.per as double), 1e-6)) as x
    from night.int_brake_days as d
    where d.measured_on < $as_of_date
),

look_back as (
    select
        brake,
        series,
        measured_on,
        value,
        is_approved,
        x,
        lag(x) over (partition by brake, series order by measured_on) as x_before,
        lag(x, 7) over (partition by brake, series order by measured_on) as x_week_before,
        lag(is_approved) over (partition by brake, series order by measured_on) as was_approved,
        lag(measured_on) over (partition by brake, series order by measured_on) as measured_before
    from collect_history
),

-- Two nights in a row that a person approved at about the same level become the usual: what was before counts no more.
find_restarts as (
    select
        h.brake,
        max(h.measured_before) as restarted_on
    from look_back as h
    inner join put_on_scale as p on h.brake = p.brake
    where
        h.is_approved
        and h.was_approved
        and abs(h.x - h.x_before) <= greatest(p.spreads * p.spread, p.least_step)
    group by h.brake
),

keep_valid as (
    select
        h.brake,
        h.series,
        h.measured_on,
        h.value,
        h.x,
        least(abs(h.x - h.x_before), abs(h.x - coalesce(h.x_week_before, h.x_before))) as difference,
        row_number() over (partition by h.brake, h.series order by h.measured_on desc) as place
    from look_back as h
    left join find_restarts as r on h.brake = r.brake
    where r.restarted_on is null or h.measured_on >= r.restarted_on
),

find_levels as (
    select
        brake,
        quantile_cont(cast(x as double), 0.5) as level
    from keep_valid
    where place <= $recent_nights
    group by brake, series
    union all
    select
        brake,
        quantile_cont(cast(x as double), 0.5) as level
    from keep_valid
    where date_diff('day', measured_on, $as_of_date) % 7 = 0
    group by brake, series
    having count(*) >= $fewest_same_weekdays
),

find_nearest_level as (
    select
        p.brake,
        l.level
    from put_on_scale as p
    inner join find_levels as l on p.brake = l.brake
    qualify row_number() over (partition by p.brake order by abs(p.x - l.level) asc, l.level asc) = 1
),

find_spreads as (
    select
        brake,
        cast(count(difference) as double) as nights,
        $median_to_spread * quantile_cont(cast(difference as double), 0.5) as spread
    from keep_valid
    group by brake
),

-- Limits for a platform without nights end where two of the last nights beyond them have become current.
find_waived as (
    select k.brake
    from keep_valid as k
    inner join put_on_scale as p on k.brake = p.brake
    where
        k.series = 'nights'
        and k.place <= $recent_nights
        and (k.value < p.least_value or k.value > p.most_value)
    group by k.brake
    having count(*) >= 2
),

find_steps as (
    select
        p.brake,
        n.level,
        case when p.spreads is not null then greatest(
            p.spreads
            * sqrt(
                (coalesce(s.nights, 0) * pow(coalesce(s.spread, 0), 2) + $prior_nights * pow(p.spread, 2))
                / cast(coalesce(s.nights, 0) + $prior_nights as double)
                + pow(p.chance, 2)
                / cast(greatest(coalesce(exp(n.level) * p.per, cast(p.counted as double)), 1) as double)
            ),
            p.least_step
        ) end as step,
        case when w.brake is null and p.spreads is not null then p.least_value end as least_value,
        case when w.brake is null and p.spreads is not null then p.most_value end as most_value
    from put_on_scale as p
    left join find_nearest_level as n on p.brake = n.brake
    left join find_spreads as s on p.brake = s.brake
    left join find_waived as w on p.brake = w.brake
),

find_limits as (
    select
        p.brake,
        p.value,
        p.counted,
        case when p.scale = 'ratio' then exp(s.level) - p.half else s.level end as usual,
        greatest(
            case
                when not p.is_low_bad or s.step is null then cast(null as double)
                when p.scale = 'ratio' then exp(s.level - s.step) - p.half
                else s.level - s.step
            end,
            s.least_value
        ) as lower_limit,
        least(
            case
                when not p.is_high_bad or s.step is null then cast(null as double)
                when p.scale = 'ratio' then exp(s.level + p.high_factor * s.step) - p.half
                else s.level + p.high_factor * s.step
            end,
            s.most_value
        ) as upper_limit,
        p.scale
    from put_on_scale as p
    inner join find_steps as s on p.brake = s.brake
),

drop_idle_limits as (
    select
        brake,
        value,
        counted,
        usual,
        case when lower_limit > 0 then lower_limit end as lower_limit,
        case when scale = 'ratio' or upper_limit < 1 then upper_limit end as upper_limit
    from find_limits
)

select
    'brakes.' || brake as check_name,
    $brakes as table_name,
    case
        when coalesce(value < lower_limit, false) or coalesce(value > upper_limit, false) then 'fail'
        else 'pass'
    end as result,
    counted as rows_seen,
    cast(case
        when coalesce(value < lower_limit, false) or coalesce(value > upper_limit, false) then 1
        else 0
    end as bigint) as rows_failed,
    'critical' as severity,
    value,
    usual,
    lower_limit,
    upper_limit
from drop_idle_limits
order by brake
