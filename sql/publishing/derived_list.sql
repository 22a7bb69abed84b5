-- One row: one SKU of a list made from an earlier one, best first.
-- Why: those that stayed keep their order and their reasons; those that stepped in follow in the order of the reserves.
select
    cast(
        row_number() over (order by g.list_rank asc nulls last, g.reserve_rank asc nulls last, g.sku_id) as integer
    ) as list_rank,
    g.sku_id,
    g.title,
    g.category,
    g.supplier_id,
    g.list_price,
    coalesce(g.base_role, g.reserve_role) as role,
    g.score,
    least(g.expected_kept_units, g.sellable_units * (1 - g.return_rate)) as expected_kept_units,
    g.return_rate,
    g.return_rate_upper,
    g.regret_rate,
    g.regret_rate_upper,
    g.landmine_probability,
    g.satisfaction,
    g.satisfaction_lower,
    g.evidence_orders,
    g.evidence_messages,
    g.sellable_units,
    g.days_on_list,
    case
        when g.list_rank is not null then g.base_reasons
        else array['listed_reserve:reserve_rank=' || cast(g.reserve_rank as varchar)]
    end as reasons,
    p.promise,
    p.promise_confidence,
    p.promise_bound,
    p.can_promise,
    p.promise_reasons,
    g.satisfaction_upper,
    g.doubt_count,
    g.offer_until
from night.derived_skus as g
inner join night.derived_choice as c on g.sku_id = c.sku_id
cross join night.derived_promise as p
