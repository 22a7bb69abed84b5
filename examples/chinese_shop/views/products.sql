-- One product row of the shop's catalogue.
-- Renaming is not enough: prices carry ¥ and commas, paths are written with >, tags with 、 and commission with %.
select
    "商品编码" as sku_id,
    "商品名称" as title,
    replace(replace("类目", ' ', ''), '>', '/') as category,
    "品牌" as brand,
    "供应商编号" as supplier_id,
    replace(replace("售价", '¥', ''), ',', '') as list_price,
    replace("审美标签", '、', '|') as style_tags,
    replace("系列标签", '、', '|') as series_tags,
    "是否尾货" as is_clearance,
    "是否冷链" as is_cold_chain,
    strptime("上架日期", '%Y年%m月%d日') as launched_on,
    "状态" as status,
    cast(replace("佣金", '%', '') as decimal(7, 4)) / 100 as commission_rate,
    "更新时间" as updated_at
from "drop"
