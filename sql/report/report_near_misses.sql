-- One row: a SKU that was not listed though its score was high, the best first, with what kept it out.
-- Why: a SKU that is banned or out of stock was not a matter of score.
select
    sku_id,
    title,
    category,
    decision_code,
    reasons
from night.sku_scorecard
where decision = 'not_listed' and decision_code not in ('banned_by_override', 'out_of_stock')
order by score desc, sku_id
limit $shown
