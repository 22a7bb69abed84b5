-- One row: a rule that checked rows break, how many do, three of their keys, and where the first three of a file stand.
-- DuckDB only: three smallest values have no common form; temporary tables exist in one engine alone.
with list_breaks as (
    select
        row_key,
        drop_path,
        drop_row,
        unnest(rules) as rule
    from temp.checked
),

name_files as (
    select
        rule,
        min(drop_path) as first_path
    from list_breaks
    group by rule
)

select
    b.rule,
    count(*) as rows,
    min(b.row_key, 3) as ids,
    f.first_path,
    min(b.drop_row, 3) filter (where b.drop_path = f.first_path) as places
from list_breaks as b
inner join name_files as f on b.rule = f.rule
group by b.rule, f.first_path
order by b.rule
