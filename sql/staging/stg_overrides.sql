-- One row: one merchandiser's decision recorded by the end of $as_of_date, whatever days it covers.
-- Why: selection looks at the days; the record of who decided stays whole.
select
    override_id,
    sku_id,
    action,
    starts_on,
    ends_on,
    reason,
    author,
    approved_by,
    created_at
from source.overrides
where known_on <= $as_of_date
qualify row_number() over (partition by override_id order by created_at desc, row_hash desc) = 1
