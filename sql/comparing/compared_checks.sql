-- One row: one check whose result, or number of rows that fail it, differs between two runs, or that one of them has not.
-- Why: rows seen differ every night and say nothing about the check.
select
    coalesce(a.table_name, b.table_name) as table_name,
    coalesce(a.check_name, b.check_name) as check_name,
    b.result as result_before,
    a.result as result_after,
    b.rows_failed as rows_failed_before,
    a.rows_failed as rows_failed_after
from night.after_quality as a
full join night.before_quality as b on a.check_name = b.check_name and a.table_name = b.table_name
where a.result is distinct from b.result or a.rows_failed is distinct from b.rows_failed
order by table_name, check_name
