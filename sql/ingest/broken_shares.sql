-- One row: how many of the checked rows break one of $rules, which rules they are, three of their keys and their file.
-- DuckDB only: three smallest values and flat lists have no common form; temporary tables exist in one engine alone.
with judge_rows as (
    select
        row_key,
        drop_path,
        list_filter(rules, lambda rule: list_contains($rules, rule)) as broken
    from temp.checked
)

select
    count(*) + (
        select cast(coalesce(sum(rows), 0) as bigint)
        from temp.clean_counts
    ) as new_rows,
    count(*) filter (where len(broken) > 0) as bad_rows,
    list_sort(list_distinct(flatten(list(broken)))) as rules,
    min(row_key, 3) filter (where len(broken) > 0) as ids,
    min(drop_path) filter (where len(broken) > 0) as path
from judge_rows
