-- One row: one buyer of a SKU whose account is like those of most others who regret it, with the weight of her lines.
-- Why: n accounts alike are worth n / (1 + (n - 1) r) witnesses, never more than 1 / r; the largest kind counts.
select
    r.sku_id,
    r.customer_key,
    cast(1 as double) / (1 + (max(k.alike) - 1) * $correlation) as buyer_weight
from night.int_regretting_buyers as r
inner join night.int_alike_kinds as k
    on
        r.sku_id = k.sku_id
        and r.period between k.period - 1 and k.period
        and (
            (k.first_week < 0 and r.account_size = k.account_size)
            or (
                r.first_week between k.first_week - 1 and k.first_week
                and r.account_size between k.account_size - 1 and k.account_size
            )
        )
where k.is_found
group by r.sku_id, r.customer_key
