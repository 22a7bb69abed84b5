-- One row: what a brake measures of this night, over how much, and its absolute limits where there is no night to compare.
-- Why: limits of places allow for slots, list and stock, and all of them for chance: two agents of three may be choosy.
with count_list as (
    select
        cast(count(*) as bigint) as listed,
        cast(coalesce(sum(sellable_units), 0) as double) as units,
        sum(cast(satisfaction as decimal(18, 9))) / nullif(cast(count(*) as double), 0) as satisfaction,
        sum(cast(return_rate as decimal(18, 9))) / nullif(cast(count(*) as double), 0) as return_rate
    from night.sku_list
),

count_agents as (
    select
        cast(count(*) as bigint) as agents,
        cast(sum(a.slots_asked) as double) as slots,
        cast(sum(least(a.slots_asked, l.listed)) as double) as places,
        cast(sum(a.matches_given) as double) as matches,
        cast(count(*) filter (where a.matches_given = 0) as double) as without,
        cast(count(*) filter (
            where a.matches_given = 0 and a.shortfall_code in ('few_in_stock', 'stock_shared_out')
        ) as double) as without_stock
    from night.agent_summary as a
    cross join count_list as l
    where a.slots_asked > 0
),

find_last_list as (
    select max(b.list_date) as last_on
    from history.listed as b
    where b.list_date < $list_date and date_diff('day', b.list_date, $list_date) <= $last_list_days
),

compare_lists as (
    select
        cast(count(*) as bigint) as listed_before,
        count(*) filter (where n.sku_id is null) / nullif(cast(count(*) as double), 0) as turnover
    from history.listed as b
    inner join find_last_list as f on b.list_date = f.last_on
    left join night.sku_list as n on b.sku_id = n.sku_id
),

count_matched as (
    select cast(count(distinct sku_id) as double) as matched
    from night.agent_matches
)

select
    'matches_per_agent' as brake,
    a.matches / cast(a.agents as double) as value,
    a.agents as counted,
    cast(null as double) as per,
    least(a.places, l.units) / cast(a.agents as double)
    * greatest($least_filled - 1 / sqrt(cast(a.agents as double)), 0) as least_value,
    cast(null as double) as most_value
from count_agents as a
cross join count_list as l
where a.agents > 0
union all
select
    'agents_without' as brake,
    without / cast(agents as double) as value,
    agents as counted,
    cast(null as double) as per,
    cast(null as double) as least_value,
    $most_without + without_stock / cast(agents as double) + 1 / sqrt(cast(agents as double)) as most_value
from count_agents
where agents > 0
union all
select
    'list_turnover' as brake,
    turnover as value,
    listed_before as counted,
    cast(null as double) as per,
    cast(null as double) as least_value,
    $most_turnover + 1 / sqrt(cast(listed_before as double)) as most_value
from compare_lists
where listed_before > 0
union all
select
    'satisfaction' as brake,
    satisfaction as value,
    listed as counted,
    cast(null as double) as per,
    cast($least_satisfaction as double) as least_value,
    cast(null as double) as most_value
from count_list
where listed > 0
union all
select
    'return_rate' as brake,
    return_rate as value,
    listed as counted,
    cast(null as double) as per,
    cast(null as double) as least_value,
    cast($most_returned as double) as most_value
from count_list
where listed > 0
union all
select
    'unmatched_skus' as brake,
    (l.listed - m.matched) / cast(l.listed as double) as value,
    l.listed as counted,
    cast(null as double) as per,
    cast(null as double) as least_value,
    case
        when a.slots >= $crowded * l.listed then $most_unmatched + 1 / sqrt(cast(l.listed as double))
    end as most_value
from count_list as l
cross join count_agents as a
cross join count_matched as m
where l.listed > 0 and a.agents > 0
union all
select
    brake,
    value,
    counted,
    per,
    case
        when brake = 'mentions_per_message'
            then greatest($least_mentions - 2 * sqrt($least_mentions / cast(counted as double)), 0)
    end as least_value,
    cast(null as double) as most_value
from night.int_brake_days
where measured_on = $as_of_date
