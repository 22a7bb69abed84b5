-- One row: one agent with a group in which faults came lately at more than $fault_ratio times the platform's rate.
-- Why: a group that has just met faults gets no exploration, and a match is for all groups of an agent.
with list_lines as (
    select
        agent_id,
        group_id,
        case when fault_requested_on <= $as_of_date and fault_requested_on > $faults_after then 1 else 0 end as fault
    from history.order_line_timeline
    where
        valid_from <= $as_of_date
        and valid_to > $as_of_date
        and is_sale
        and delivered_on <= $as_of_date
        and (delivered_on > $faults_after or fault_requested_on > $faults_after)
),

measure_platform as (
    select sum(fault) / cast(count(*) as double) as fault_rate
    from list_lines
),

measure_groups as (
    select
        agent_id,
        group_id,
        sum(fault) as faults,
        count(*) as lines
    from list_lines
    group by agent_id, group_id
)

select
    g.agent_id,
    cast(count(*) as bigint) as fault_groups
from measure_groups as g
cross join measure_platform as p
where g.faults >= $fewest_faults and g.faults > $fault_ratio * p.fault_rate * g.lines
group by g.agent_id
