-- One row: one SKU that $agent_id has in one of two runs, with her place for it in both.
-- Why: what changed for one agent is asked for by name; all agents together are too many to list.
with list_hers as (
    select
        m.sku_id,
        m.match_rank
    from night.after_matches as m
    where m.agent_id = $agent_id
),

list_hers_before as (
    select
        m.sku_id,
        m.match_rank
    from night.before_matches as m
    where m.agent_id = $agent_id
)

select
    coalesce(a.sku_id, b.sku_id) as sku_id,
    s.title,
    b.match_rank as match_rank_before,
    a.match_rank as match_rank_after,
    case
        when b.sku_id is null then 'in'
        when a.sku_id is null then 'out'
        when a.match_rank <> b.match_rank then 'moved'
        else 'stayed'
    end as move
from list_hers as a
full join list_hers_before as b on a.sku_id = b.sku_id
left join night.compared_skus as s on s.sku_id = coalesce(a.sku_id, b.sku_id)
order by coalesce(a.match_rank, b.match_rank), coalesce(a.sku_id, b.sku_id)
