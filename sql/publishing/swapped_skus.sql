-- One row: a SKU that an agent took for a list date of which the night hears something new, though it was no match of hers.
-- Why: matches have what they take, so whether a SKU went over its stock is looked into only where somebody swapped it in.
select distinct
    a.list_date,
    a.sku_id
from source.match_answers as a
left join history.matched as m on a.list_date = m.list_date and a.agent_id = m.agent_id and a.sku_id = m.sku_id
where
    a.known_on <= $as_of_date
    and a.list_date <= $as_of_date
    and a.answer in ('accepted', 'own_pick')
    and m.sku_id is null
    and exists (
        select 1
        from source.match_answers as n
        where n.list_date = a.list_date and n.known_on = $as_of_date
    )
order by a.list_date, a.sku_id
