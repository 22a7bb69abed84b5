-- One row: a SKU of the last list before $list_date.
-- Why: of all earlier lists, only the last one limits how much a list may change.
with find_last_list as (
    select max(e.list_date) as last_date
    from history.listed as e
    where e.list_date < $list_date
)

select
    h.list_date,
    h.sku_id
from history.listed as h
inner join find_last_list as l on h.list_date = l.last_date
order by h.sku_id
