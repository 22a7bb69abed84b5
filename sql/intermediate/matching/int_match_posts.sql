-- One row: a SKU of the list that an agent was given lately, on how many days she could be seen to post it, and on how
-- many she did. Why: a day on which she declined it is no silence, and one on which she took it is none either.
select
    h.agent_id,
    h.sku_id,
    count(*) as days_given,
    count(*) filter (where h.is_posted or h.answer = 'accepted') as days_posted
from night.int_answer_history as h
inner join night.sku_list as l on h.sku_id = l.sku_id
where h.is_posted is not null and coalesce(h.answer, 'accepted') = 'accepted' and h.list_date > $matched_after
group by h.agent_id, h.sku_id
order by h.agent_id, h.sku_id
