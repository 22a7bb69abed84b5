-- One row: an agent and an earlier agent (by id) who sells to many of the same customers, with the share of hers that is
-- shared. Why: customers of more than five agents are traders, and only the three closest neighbours are kept apart.
with list_customers as (
    select distinct
        customer_id,
        agent_id
    from history.order_line_timeline
    where valid_from <= $as_of_date and valid_to > $as_of_date and ordered_on > $history_before
),

list_shared as (
    select customer_id
    from list_customers
    group by customer_id
    having count(*) between 2 and 5
),

list_pairs as (
    select
        c.customer_id,
        c.agent_id
    from list_customers as c
    inner join list_shared as s on c.customer_id = s.customer_id
),

count_customers as (
    select
        agent_id,
        count(*) as customers
    from list_customers
    group by agent_id
),

count_shared as (
    select
        a.agent_id,
        b.agent_id as neighbour_id,
        count(*) as shared
    from list_pairs as a
    inner join list_pairs as b on a.customer_id = b.customer_id
    where b.agent_id < a.agent_id
    group by a.agent_id, b.agent_id
)

select
    s.agent_id,
    s.neighbour_id,
    s.shared / cast(c.customers as double) as shared_share
from count_shared as s
inner join count_customers as c on s.agent_id = c.agent_id
where s.shared >= 3 and s.shared / cast(c.customers as double) >= $overlap_share
qualify row_number() over (partition by s.agent_id order by s.shared desc, s.neighbour_id) <= 3
order by s.agent_id, s.neighbour_id
