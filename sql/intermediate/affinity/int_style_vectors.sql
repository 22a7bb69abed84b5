-- One row: a SKU of the part $part of $parts with its newest embedding of $width numbers, as known on $as_of_date.
-- Why: embeddings are the widest thing of a catalogue; they are read part by part and never staged.
with number_products as (
    select
        sku_id,
        row_number() over (order by sku_id) - 1 as product_row
    from night.stg_products
),

find_newest as (
    select
        sku_id,
        row_hash,
        array_length(style_vector) as width
    from source.products
    where known_on <= $as_of_date and style_vector is not null
    qualify row_number() over (partition by sku_id order by updated_at desc, row_hash desc) = 1
),

choose_rows as (
    select
        n.row_hash,
        p.product_row,
        row_number() over (order by p.product_row) - 1 as place
    from find_newest as n
    inner join number_products as p on n.sku_id = p.sku_id
    where n.width = $width
)

select
    cast(c.product_row as bigint) as product_row,
    s.style_vector
from source.products as s
inner join choose_rows as c on s.row_hash = c.row_hash
where c.place % nullif($parts, 0) = $part
order by c.product_row
