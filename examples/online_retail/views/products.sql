-- One product, as it was when it was first sold: what came later must not be known earlier.
-- Category: the first word list that the description meets. Supplier: the first three signs of the stock code.
with sales as (
    select upper(trim(stock_code)) as sku_id, trim(description) as title, unit_price_gbp, invoice_ts, line_id
    from "drop"
    where
        not is_cancellation and not is_non_product_code and customer_id is not null
        and quantity > 0 and unit_price_gbp > 0 and description is not null
),

first_sale as (
    select * from sales qualify row_number() over (partition by sku_id order by invoice_ts, line_id) = 1
)

select
    sku_id,
    title,
    case
        when regexp_matches(title, 'CHRISTMAS|XMAS|ADVENT|REINDEER|SNOWMAN|BAUBLE') then 'seasonal/christmas'
        when regexp_matches(title, 'EASTER|BUNNY|EGG') then 'seasonal/easter'
        when regexp_matches(title, 'BAG|PURSE|SHOPPER|LUGGAGE') then 'accessories/bags'
        when regexp_matches(title, 'NECKLACE|BRACELET|EARRING|BANGLE|HAIR|RING\b|BROOCH') then 'accessories/jewellery'
        when regexp_matches(title, 'LIGHT|LANTERN|CANDLE|LAMP|INCENSE') then 'home/lighting'
        when regexp_matches(title, 'MUG|CUP|PLATE|BOWL|TEA|CAKE|BAKING|KITCHEN|JAR|TIN|LUNCH|BOTTLE|COASTER|SPOON')
            then 'home/kitchen'
        when regexp_matches(title, 'CARD|WRAP|NOTEBOOK|PENCIL|PEN\b|PAPER|RIBBON|STICKER|TAPE|JOURNAL')
            then 'paper/stationery'
        when regexp_matches(title, 'TOY|GAME|PUZZLE|DOLL|CHILD|KIDS|BABY|SOLDIER') then 'children/toys'
        when regexp_matches(title, 'GARDEN|PLANT|FLOWER POT|WATERING|BIRD|HERB') then 'garden/outdoor'
        when regexp_matches(title, 'CLOCK|FRAME|SIGN|MIRROR|CUSHION|HOOK|DRAWER|CABINET|HOLDER|WALL|DOOR|BUNTING')
            then 'home/decoration'
        when regexp_matches(title, 'HEART|ANGEL|DECORATION|GARLAND|ORNAMENT|HANGING') then 'home/ornaments'
        else 'other'
    end as category,
    'R' || left(sku_id, 3) as supplier_id,
    unit_price_gbp as list_price,
    [] as style_tags,
    [] as series_tags,
    cast(invoice_ts as date) as launched_on,
    invoice_ts as updated_at
from first_sale
