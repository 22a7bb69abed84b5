-- One row: the words of a report of danger that holds no SKU, the newest first, with the SKU that it may mean.
-- Why: a person who reads it may know at once what is meant, and can ask the buyer or ban the SKU.
select
    d.report_id,
    d.reported_on,
    d.sku_id,
    p.title,
    c.text
from night.int_danger_doubts as d
inner join source.chat_messages as c on d.report_id = c.message_id and d.known_on = c.known_on
left join night.stg_products as p on d.sku_id = p.sku_id
where c.text <> ''
qualify row_number() over (partition by d.report_id order by c.sent_at desc, c.row_hash desc, d.sku_id asc) = 1
order by d.reported_on desc, d.report_id
limit $shown
