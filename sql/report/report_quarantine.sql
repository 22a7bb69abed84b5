-- One row: the rows of a source table that were set aside in one state for the same rules.
-- Why: counted only, since a row that is set aside may hold what nobody should read.
with name_rules as (
    select
        table_name,
        state,
        array_to_string(rules, ', ') as rules
    from ops.quarantine
)

select
    table_name,
    state,
    rules,
    count(*) as rows
from name_rules
group by table_name, state, rules
order by table_name, state, rules
