-- One row is a SKU that entered, left or stayed on the list since the list date before, with both nights' measures.
-- A SKU that left because it is no candidate any more has no scorecard row, so its decision code is null.
with
find_last_list as (
    select
        sku_id,
        list_rank
    from history.listed
    qualify rank() over (order by list_date desc) = 1
),

pair_lists as (
    select
        coalesce(today.sku_id, before.sku_id) as sku_id,
        today.list_rank,
        before.list_rank as rank_before
    from night.sku_list as today
    full join find_last_list as before on today.sku_id = before.sku_id
),

describe_moves as (
    select
        pair_lists.sku_id,
        products.title,
        products.category,
        pair_lists.list_rank,
        pair_lists.rank_before,
        scorecard.decision_code,
        scorecard.reasons,
        scorecard.score,
        scorecard.demand_per_post,
        scorecard.regret_rate,
        former.score as score_before,
        former.demand_per_post as demand_before,
        former.regret_rate as regret_before,
        case
            when pair_lists.rank_before is null then 'in'
            when pair_lists.list_rank is null then 'out'
            else 'stayed'
        end as move
    from pair_lists
    left join night.stg_products as products on pair_lists.sku_id = products.sku_id
    left join night.sku_scorecard as scorecard on pair_lists.sku_id = scorecard.sku_id
    left join night.report_last_scores as former on pair_lists.sku_id = former.sku_id
)

select
    sku_id,
    title,
    category,
    move,
    list_rank,
    rank_before,
    decision_code,
    reasons,
    score,
    demand_per_post,
    regret_rate,
    score_before,
    demand_before,
    regret_before
from describe_moves
order by move, coalesce(list_rank, rank_before), sku_id
