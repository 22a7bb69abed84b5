-- One row: one account that praised $tied_skus or more SKUs in the groups of one agent alone, with nothing ordered yet.
-- Why: a guest may praise what a neighbour bought, once; who praises one agent's SKUs again and again is her helper.
select p.sender_key
from temp.int_recent_feedback as p
left join night.int_senders as s on p.sender_key = s.sender_key
where p.is_praise and (s.first_ordered_on is null or s.first_ordered_on > p.sent_on)
group by p.sender_key
having count(distinct p.agent_id) = 1 and count(distinct p.sku_id) >= $tied_skus
