-- One row: net kept units expected of the slates, the bound that no slates within the stock exceed, the floors' cost.
-- Why: the gap bounds the loss to variety rules, floors and whole units; what chance or agents chose is no part of it.
with add_up as (
    select coalesce(sum(cast(chosen_net_units as decimal(24, 9))), 0) as objective
    from night.int_agent_slates
)

select
    cast(objective as double) as objective,
    cast($bound as double) as bound,
    cast(1 - cast(objective as double) / nullif(cast($bound as double), 0) as double) as gap,
    cast($floor_cost as double) as floor_cost
from add_up
