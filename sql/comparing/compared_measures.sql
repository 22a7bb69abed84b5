-- One row: one measure of one SKU that both of two runs measured.
-- Why: how much each measure changed is counted and ranked in the same way for all of them.
with name_measures as (
    select
        s.*,
        m.measure
    from night.compared_skus as s
    cross join
        unnest(
            [
                'return_rate', 'regret_rate', 'landmine_probability', 'satisfaction', 'score', 'expected_kept_units',
                'evidence_orders', 'evidence_messages', 'sellable_units', 'agents'
            ]
        ) as m (measure)
),

read_values as (
    select
        sku_id,
        title,
        measure,
        case measure
            when 'return_rate' then return_rate_before
            when 'regret_rate' then regret_rate_before
            when 'landmine_probability' then landmine_probability_before
            when 'satisfaction' then satisfaction_before
            when 'score' then score_before
            when 'expected_kept_units' then expected_kept_units_before
            when 'evidence_orders' then cast(evidence_orders_before as double)
            when 'evidence_messages' then cast(evidence_messages_before as double)
            when 'sellable_units' then cast(sellable_units_before as double)
            when 'agents' then cast(agents_before as double)
        end as value_before,
        case measure
            when 'return_rate' then return_rate_after
            when 'regret_rate' then regret_rate_after
            when 'landmine_probability' then landmine_probability_after
            when 'satisfaction' then satisfaction_after
            when 'score' then score_after
            when 'expected_kept_units' then expected_kept_units_after
            when 'evidence_orders' then cast(evidence_orders_after as double)
            when 'evidence_messages' then cast(evidence_messages_after as double)
            when 'sellable_units' then cast(sellable_units_after as double)
            when 'agents' then cast(agents_after as double)
        end as value_after
    from name_measures
)

select
    sku_id,
    title,
    measure,
    value_before,
    value_after
from read_values
where value_before is not null and value_after is not null
