-- One row is an earlier list date: what its matches promised, whether agents posted them and what came of it so far.
-- Only units that the matched agents sold on the day count, and of expected returns what can have shown: alike is compared.
with add_up_lines as (
    select
        t.agent_id,
        t.sku_id,
        t.ordered_on,
        t.delivered_on,
        sum(t.quantity) as units,
        sum(t.returned_units) as returned_units
    from history.order_line_timeline as t
    where
        t.valid_from <= $as_of_date
        and t.valid_to > $as_of_date
        and t.is_sale
        and t.ordered_on > $first_on
        and t.ordered_on <= $as_of_date
        and exists (
            select 1 from history.matched as g
            where g.agent_id = t.agent_id and g.sku_id = t.sku_id and g.list_date = t.ordered_on
        )
    group by t.agent_id, t.sku_id, t.ordered_on, t.delivered_on
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
        count(p.sku_id) as posted
    from history.matched as g
    left join find_posts as p on g.agent_id = p.agent_id and g.sku_id = p.sku_id and g.list_date = p.posted_on
    where g.list_date > $first_on
    group by g.list_date
),

-- What is not delivered cannot have come back yet; of the rest, the delay curve says how much of the returns has shown.
follow_sales as (
    select
        g.list_date,
        sum(l.units) as units,
        sum(l.returned_units) as returned_units,
        sum(cast(l.units * r.return_rate as decimal(18, 9))) as returns_due,
        sum(cast(l.units * r.return_rate * coalesce(d.return_share, 0) as decimal(18, 9))) as returns_due_by_now
    from history.matched as g
    inner join add_up_lines as l on g.agent_id = l.agent_id and g.sku_id = l.sku_id and g.list_date = l.ordered_on
    left join night.report_promised_rates as r on g.list_date = r.list_date and g.sku_id = r.sku_id
    left join night.int_sku_numbers as n on g.sku_id = n.sku_id
    left join night.int_number_curve as d
        on
            n.category_number = d.category_number
            and d.day = cast(least(date_diff('day', l.delivered_on, $as_of_date), $horizon_days) as integer)
            and l.delivered_on <= $as_of_date
    where g.list_date > $first_on
    group by g.list_date
),

share_due as (
    select
        list_date,
        units,
        returned_units,
        cast(returns_due_by_now as double) / nullif(cast(returns_due as double), 0) as due_share
    from follow_sales
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
    n.expected_units - coalesce(s.due_share, 0) * (n.expected_units - n.expected_kept_units) as expected_by_now,
    cast(f.matches as bigint) as matches,
    cast(f.posted as bigint) as posted,
    case when f.matches > 0 then cast(coalesce(s.units, 0) as bigint) end as units,
    case when f.matches > 0 then cast(coalesce(s.returned_units, 0) as bigint) end as returned_units,
    cast(p.regrets_predicted as double) as regrets_predicted,
    cast(p.regrets_observed as double) as regrets_observed,
    cast(p.lines as double) as lines
from night.report_promises as n
left join follow_matches as f on n.list_date = f.list_date
left join share_due as s on n.list_date = s.list_date
left join judge_predictions as p on n.list_date = p.list_date
where n.list_date > $first_on
order by n.list_date
