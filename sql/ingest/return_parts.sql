-- One row: a version of a return of one line that was spread from a return of several, and may be that of an offered one.
-- Why: the mark in its id tells it. All else that is stored of returns is not asked for.
select
    return_id,
    order_line_id,
    quantity,
    updated_at
from source.returns
where
    return_id like '%#%'
    and split_part(return_id, '#', 1) in (
        select split_part(o.return_id, '#', 1)
        from temp.offered as o
    )
