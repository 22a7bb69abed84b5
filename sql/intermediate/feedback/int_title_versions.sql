-- One row: one title of a SKU and the days on which a run may read it.
-- Why: a message is read with the titles of its own day, so that reading it again later changes nothing.
with list_titles as (
    select
        sku_id,
        known_on,
        title
    from source.products
    qualify row_number() over (partition by sku_id, known_on order by updated_at desc, row_hash desc) = 1
)

select
    sku_id,
    title,
    known_on as valid_from,
    coalesce(
        lead(known_on) over (partition by sku_id order by known_on), cast('9999-12-31' as date)
    ) as valid_to
from list_titles
