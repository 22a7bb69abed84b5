-- One row: one SKU that chance gave to an agent, what it kept, and how likely the replayed matches are to pick it.
-- Why: without-replacement draws of one agent and day share her propensity; divided by their number each is one choice.
with list_draws as (
    select
        list_date,
        agent_id,
        sku_id,
        propensity,
        expected_kept_units,
        count(*) over (partition by list_date, agent_id) as draws
    from night.backtest_logged
    where propensity is not null
),

list_kept as (
    select
        list_date,
        agent_id,
        sku_id,
        sum(kept_units) as kept_units
    from night.backtest_lines
    group by list_date, agent_id, sku_id
),

list_targets as (
    select
        list_date,
        agent_id,
        count(*) as slots,
        avg(cast(expected_kept_units as decimal(18, 6))) as expected_kept_units
    from night.backtest_matches
    where propensity is null
    group by list_date, agent_id
)

select
    d.list_date,
    d.agent_id,
    d.sku_id,
    cast(coalesce(k.kept_units, 0) as double) as kept_units,
    cast(d.propensity / cast(d.draws as double) as double) as propensity,
    cast(case when m.sku_id is null then 0 else 1 / cast(t.slots as double) end as double) as target,
    cast(d.expected_kept_units as double) as predicted_units,
    cast(t.expected_kept_units as double) as target_units
from list_draws as d
inner join list_targets as t on d.list_date = t.list_date and d.agent_id = t.agent_id
left join list_kept as k
    on d.list_date = k.list_date and d.agent_id = k.agent_id and d.sku_id = k.sku_id
left join night.backtest_matches as m
    on
        d.list_date = m.list_date
        and d.agent_id = m.agent_id
        and d.sku_id = m.sku_id
        and m.propensity is null
