-- One row: what tonight's list promises, as its manifest says it.
-- Why: readers of the manifest need not open a table to learn whether they may rely on the list.
select
    promise_asked as promise,
    promise_confidence,
    promise_bound,
    can_promise,
    promise_reasons
from night.assortment_certificate
