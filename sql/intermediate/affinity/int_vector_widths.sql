-- One row: the length of most SKUs' embeddings as known on $as_of_date, and how many SKUs have one; none without any.
-- Why: a platform has one length; what an earlier model of it left says nothing beside the vectors of today's.
with find_newest as (
    select
        sku_id,
        array_length(style_vector) as width
    from source.products
    where known_on <= $as_of_date and style_vector is not null
    qualify row_number() over (partition by sku_id order by updated_at desc, row_hash desc) = 1
)

select
    cast(width as integer) as width,
    cast(count(*) as bigint) as skus
from find_newest
group by width
order by count(*) desc, width desc
limit 1
