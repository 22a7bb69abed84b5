-- One row: one SKU with little evidence, another that is probably the same goods and has more, and what they share.
-- Why: under a new name a SKU keeps its past; one key that very many share (a stock picture) is cut off, not followed.
with list_bans as (
    select distinct sku_id
    from night.stg_overrides
    where action = 'ban'
),

describe_skus as (
    select
        p.sku_id,
        p.supplier_id,
        p.spu_id,
        k.title_key,
        k.image_key,
        coalesce(e.regret_exposure, 0) as lines,
        b.sku_id is not null as is_banned
    from night.stg_products as p
    inner join night.int_sku_keys as k on p.sku_id = k.sku_id
    left join night.int_sku_evidence as e on p.sku_id = e.sku_id
    left join list_bans as b on p.sku_id = b.sku_id
),

pick_images as (
    select image_key
    from describe_skus
    where image_key is not null
    group by image_key
    having count(distinct supplier_id) <= $most_suppliers
),

list_keys as (
    select
        sku_id,
        lines,
        is_banned,
        'title' as kin_by,
        supplier_id as owner,
        title_key as shared_key
    from describe_skus
    where title_key <> ''
    union all
    select
        sku_id,
        lines,
        is_banned,
        'spu' as kin_by,
        '' as owner,
        spu_id as shared_key
    from describe_skus
    where spu_id <> ''
    union all
    select
        d.sku_id,
        d.lines,
        d.is_banned,
        'image' as kin_by,
        '' as owner,
        d.image_key as shared_key
    from describe_skus as d
    inner join pick_images as i on d.image_key = i.image_key
),

rank_known as (
    select
        sku_id,
        lines,
        is_banned,
        kin_by,
        owner,
        shared_key,
        row_number() over (
            partition by kin_by, owner, shared_key order by is_banned desc, lines desc, sku_id asc
        ) as place
    from list_keys
    where lines > 0 or is_banned
),

list_pairs as (
    select
        s.sku_id,
        k.sku_id as kin_sku_id,
        s.kin_by,
        cast(1 as double) as nearness,
        s.lines as own_lines,
        k.lines as known_lines,
        k.is_banned
    from list_keys as s
    inner join rank_known as k on s.kin_by = k.kin_by and s.owner = k.owner and s.shared_key = k.shared_key
    where k.place <= $most_kin
    union all
    select
        s.sku_id,
        k.sku_id as kin_sku_id,
        s.kin_by,
        n.nearness,
        s.lines as own_lines,
        k.lines as known_lines,
        k.is_banned
    from list_keys as s
    inner join night.int_near_titles as n on s.owner = n.supplier_id and s.shared_key = n.title_key
    inner join rank_known as k on k.kin_by = 'title' and n.supplier_id = k.owner and n.near_key = k.shared_key
    where s.kin_by = 'title' and k.place <= $most_kin
)

select
    sku_id,
    kin_sku_id,
    kin_by,
    cast(nearness as double) as nearness,
    cast(own_lines as double) as lines,
    cast(known_lines as double) as kin_lines
from list_pairs
where sku_id <> kin_sku_id and own_lines < $needy_lines and (known_lines > own_lines or is_banned)
