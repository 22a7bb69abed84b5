-- One row: a SKU of the list that an agent was given before, and whether she took it the last time that it is known.
-- Why: who took a SKU takes it again sooner than a new one; a sell-out says nothing.
select
    h.agent_id,
    h.sku_id,
    case when h.answer = 'accepted' or coalesce(h.is_posted, false) then 1 else 0 end as taken_before
from night.int_answer_history as h
inner join night.sku_list as l on h.sku_id = l.sku_id
where coalesce(h.reason_code, '') <> 'sold_out_before'
qualify row_number() over (partition by h.agent_id, h.sku_id order by h.list_date desc) = 1
order by h.agent_id, h.sku_id
