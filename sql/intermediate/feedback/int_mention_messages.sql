-- One row: one message of a day to be read, with what its sender and its wording say about its kind.
-- Why: the sender decides first, then a customer's wording; "?" proves nothing, most texts with it are complaints.
with pick_newest as (
    select
        c.message_id,
        c.known_on,
        c.group_id,
        c.sender_id,
        c.sender_role,
        c.sent_at,
        c.row_hash,
        c.sku_id,
        c.reply_to_message_id,
        c.text,
        case when c.sender_role = 'customer' then c.text else '' end as said
    from source.chat_messages as c
    inner join night.int_stale_days as d on c.known_on = d.known_on
    qualify row_number() over (partition by c.message_id, c.known_on order by c.sent_at desc, c.row_hash desc) = 1
),

find_leaders as (
    select
        m.known_on,
        m.group_id,
        g.agent_id
    from (select distinct
        known_on,
        group_id
    from pick_newest) as m
    inner join source.groups as g on m.group_id = g.group_id and m.known_on >= g.known_on
    qualify row_number() over (
        partition by m.known_on, m.group_id order by g.updated_at desc, g.row_hash desc
    ) = 1
)

select
    row_number() over (order by p.known_on, p.message_id) as message_no,
    p.message_id,
    p.known_on,
    p.group_id,
    f.agent_id,
    p.sender_id as sender_key,
    p.sender_role,
    p.sent_at,
    cast(p.sent_at as date) as sent_on,
    p.row_hash,
    p.sku_id as card_sku_id,
    p.reply_to_message_id,
    p.text,
    p.sender_role <> 'customer' or p.sender_id = f.agent_id as is_from_seller,
    regexp_matches(
        p.said,
        '收到|到货了|到手|签收|坏了|坏的|烂了|烂的|破了|碎了|漏了|裂了|发霉|变质|用了|用过|用着|吃了|吃着|吃完|穿了|穿着|穿上|喝了|试了|洗了|洗完|洗过|开箱|打开|拆开|上次买|上回买|之前买|买的那|买回来|回购|退货|退款|退了|差评|投诉|给孩子吃|家里人都'
    ) as has_receipt,
    regexp_matches(
        p.said,
        '怎么卖|怎么买|怎么拍|怎么下单|多少钱|啥价|什么价|几块|价格多少|有货|还有吗|还有没有|有没有|什么时候(发|到|有|上)|啥时候|几天(能|可以)?到|能不能|可不可以|可以(买|发|要|拍|退|换)吗|包邮吗|求推荐|谁(买|用|吃|穿)过|(好吃|好用|好喝|好看|新鲜|甜|酸|掉色|起球|正品|贵|显瘦|合适|靠谱|值得买?|耐用)(吗|么|不|嘛)|好不好|甜不甜|怎么样[?？]|怎样[?？]|咋样[?？]|是(什么|哪)|哪(个|款|种).{0,8}[?？]|(多少|几号|几月|几点|几天)|什么(色号|颜色|码|尺码|材质|时候)|怎么还没|再发下|(可以|能|会|好).{0,8}不[?？~。 ]*$|(有|要|发|到|能|会|可以|推荐).{0,10}(吗|么|嘛|没)[?？。~ ]*$|想(要|买|问)|问一下|请问'
    ) as has_question,
    regexp_matches(
        p.said,
        '接龙|跟团|下单了|已拍|拍了|我要|给我(来|留)|来(一|两|二|三|1|2|3)?(份|件|盒|箱|斤|套|瓶|袋|单)|要(一|两|二|三|四|五|1|2|3|4|5)(份|件|盒|箱|斤|套|瓶|袋|个|单)|[+＋] ?[0-9１-９]|^ *[0-9]{1,3} ?[.、．:：].{0,24}([x×*＊ ] ?[0-9]+|[0-9一两二三四五](份|件|盒|箱|斤|套|瓶|袋|个|单))'
    ) as has_order_words,
    regexp_matches(
        p.said,
        '^[\s\pP\pS]*((大家|各位|群主|团长|亲们?|宝子们?|姐妹们)?(早安|早上好|早|上午好|中午好|下午好|晚上好|晚安|午安|你好|您好|大家好|在吗|在么|收到|好的|好滴|好哒|好嘞|嗯+|哦+|噢|行|可以|ok|OK|Ok|谢谢.{0,4}|感谢.{0,4}|辛苦.{0,4}|不客气|哈+|呵呵|嘻+|嘿+|新年快乐|节日快乐|周末愉快|欢迎.{0,6}|拜拜|再见|明天见|了解|知道了|明白)[\s\pP\pS啊呀哦呢啦]*)+$'
    ) or regexp_matches(p.said, '^((\[[^\]]{1,4}\])|[\s\pP\pS])+$') as is_greeting,
    regexp_matches(p.said, '^(@所有人|【?群?(公告|通知|规|提醒))|以下是新消息|撤回了一条|加入了?群聊|邀请.{1,20}进群|拍了拍|〔(账号|电话|地址)〕') as is_notice
from pick_newest as p
left join find_leaders as f on p.known_on = f.known_on and p.group_id = f.group_id
