-- One row: one alarm, with its SKU as readers know it, and the subject under which it is told: mostly itself.
-- Why: SKUs of a supplier that got worse are one matter to call about, not nine; so are three of one supplier at a time.
with list_alarms as (
    select
        a.level,
        a.entity_id,
        a.metric,
        a.since_on,
        a.severity,
        a.evidence,
        a.metric in ('return_rate', 'regret_rate', 'complaint_rate') as is_change,
        case when a.level = 'supplier' then a.entity_id else p.supplier_id end as supplier_id,
        p.title,
        l.list_rank
    from night.alarms as a
    left join night.stg_products as p on a.level = 'sku' and a.entity_id = p.sku_id
    left join night.sku_list as l on a.level = 'sku' and a.entity_id = l.sku_id
),

find_suppliers as (
    select supplier_id
    from list_alarms
    where is_change and supplier_id is not null
    group by supplier_id
    having
        count(distinct entity_id) filter (where level = 'sku') >= $together
        or (
            count(*) filter (where level = 'supplier') > 0
            and count(*) filter (where level = 'sku') > 0
        )
),

count_listed as (
    select
        supplier_id,
        count(*) as listed
    from night.sku_list
    group by supplier_id
)

select
    a.level,
    a.entity_id,
    a.metric,
    a.since_on,
    a.severity,
    a.evidence,
    a.title,
    a.list_rank,
    case when s.supplier_id is not null then 'supplier' else a.level end as subject_level,
    coalesce(s.supplier_id, a.entity_id) as subject_id,
    case
        when s.supplier_id is not null or a.level = 'supplier' then cast(coalesce(c.listed, 0) as bigint)
    end as supplier_listed
from list_alarms as a
left join find_suppliers as s on a.supplier_id = s.supplier_id and (a.is_change or a.metric = 'watch')
left join count_listed as c on a.supplier_id = c.supplier_id
order by a.level, a.entity_id, a.metric
