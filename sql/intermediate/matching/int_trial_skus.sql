-- One row: a SKU whose place on the list is not won by what agents would sell of it: a new one, or a pinned one.
-- Why: the best slates leave such SKUs out, and a place that reaches no agent teaches nothing and serves no pin.
select sku_id
from night.sku_list
where role in ('explore', 'pinned')
order by sku_id
