-- One row is an earlier list date: what its matches promised, whether agents posted them and what came of it so far.
-- Only units that the matched agents sold on the day count, so that the promise is compared with its own SKUs.
with add_up_lines as (
    select
        agent_id,
        sku_id,
        ordered_on,
        sum(quantity) as units,
        sum(returned_units) as returned_units
    from history.order_line_timeline
    where
        valid_from <= $as_of_date
        and valid_to > $as_of_date
        and is_sale
        and ordered_on > $first_on
        and ordered_on <= $as_of_date
    group by agent_id, sku_id, ordered_on
),

find_posts as (
    select
        agent_id,
        sku_id,
        posted_on
    from history.posts
    where known_on <= $as_of_date and posted_on > $first_on
    group by agent_id, sku_id, posted_on
),

follow_matches as (
    select
        g.list_date,
        count(*) as matches,
        count(p.sku_id) as posted,
        coalesce(sum(l.units), 0) as units,
        coalesce(sum(l.returned_units), 0) as returned_units
    from history.matched as g
    left join find_posts as p on g.agent_id = p.agent_id and g.sku_id = p.sku_id and g.list_date = p.posted_on
    left join add_up_lines as l on g.agent_id = l.agent_id and g.sku_id = l.sku_id and g.list_date = l.ordered_on
    where g.list_date > $first_on
    group by g.list_date
),

judge_predictions as (
    select
        list_date,
        sum(cast(regret_rate * regret_exposure as decimal(18, 9))) as regrets_predicted,
        sum(cast(regretted_lines as decimal(18, 9))) as regrets_observed,
        sum(cast(regret_exposure as decimal(18, 9))) as lines
    from night.int_predictions_due
    where is_listed
    group by list_date
)

select
    n.list_date,
    n.state,
    n.listed,
    n.expected_kept_units,
    cast(f.matches as bigint) as matches,
    cast(f.posted as bigint) as posted,
    cast(f.units as bigint) as units,
    cast(f.returned_units as bigint) as returned_units,
    cast(p.regrets_predicted as double) as regrets_predicted,
    cast(p.regrets_observed as double) as regrets_observed,
    cast(p.lines as double) as lines
from night.report_promises as n
left join follow_matches as f on n.list_date = f.list_date
left join judge_predictions as p on n.list_date = p.list_date
where n.list_date > $first_on
order by n.list_date
