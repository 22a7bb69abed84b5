-- One row: a source table of which rows are set aside in a state; one with rows of days after $as_of_date may have waited.
-- Why: of nearly every night there is none, and what waited or was superseded need not be looked for.
with list_states as (
    select
        table_name,
        state
    from ops.quarantine
    union all
    select
        table_name,
        'waiting' as state
    from ops.arrivals
    where known_on > $as_of_date
)

select distinct
    table_name,
    state
from list_states
order by
    table_name,
    state
