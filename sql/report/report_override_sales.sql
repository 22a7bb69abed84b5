-- One row: one merchandiser's decision with what its SKU sold in its days, and what an average place on the list sold.
-- Why: a pin takes a place of another SKU, but days on which no agent was given it say nothing and are counted apart.
with list_places as (
    select
        m.list_date,
        m.sku_id
    from history.listed as m
    where exists (
        select 1
        from night.report_override_windows as w
        where w.first_on <= m.list_date and w.last_on >= m.list_date
    )
),

sell_days as (
    select
        sku_id,
        ordered_on,
        sum(quantity - returned_units) as kept_units
    from history.order_line_timeline
    where
        valid_from <= $as_of_date
        and valid_to > $as_of_date
        and is_sale
        and ordered_on >= (select min(first_on) from night.report_override_windows)
        and ordered_on <= $as_of_date
        and sku_id in (
            select sku_id from night.report_override_windows
            union all
            select sku_id from list_places
        )
    group by sku_id, ordered_on
),

value_places as (
    select
        m.list_date,
        coalesce(sum(s.kept_units), 0) / cast(count(*) as double) as kept_units
    from list_places as m
    left join sell_days as s on m.sku_id = s.sku_id and m.list_date = s.ordered_on
    group by m.list_date
),

find_given_days as (
    select
        sku_id,
        list_date
    from history.matched
    group by sku_id, list_date
),

compare_places as (
    select
        w.override_id,
        count(*) as listed_days,
        count(g.sku_id) as given_days,
        sum(case when g.sku_id is not null then coalesce(s.kept_units, 0) else 0 end) as listed_kept_units,
        sum(cast(case when g.sku_id is not null then v.kept_units else 0 end as decimal(18, 9))) as place_kept_units
    from night.report_override_windows as w
    inner join list_places as m on w.sku_id = m.sku_id and w.first_on <= m.list_date and w.last_on >= m.list_date
    inner join value_places as v on m.list_date = v.list_date
    left join find_given_days as g on m.sku_id = g.sku_id and m.list_date = g.list_date
    left join sell_days as s on w.sku_id = s.sku_id and m.list_date = s.ordered_on
    group by w.override_id
),

count_sold as (
    select
        w.override_id,
        sum(s.kept_units) as kept_units
    from night.report_override_windows as w
    inner join sell_days as s on w.sku_id = s.sku_id and w.first_on <= s.ordered_on and w.last_on >= s.ordered_on
    group by w.override_id
)

select
    w.override_id,
    cast(coalesce(n.kept_units, 0) as bigint) as kept_units,
    cast(coalesce(v.listed_days, 0) as bigint) as listed_days,
    cast(coalesce(v.given_days, 0) as bigint) as given_days,
    cast(coalesce(v.listed_kept_units, 0) as bigint) as listed_kept_units,
    cast(coalesce(v.place_kept_units, 0) as double) as place_kept_units
from night.report_override_windows as w
left join count_sold as n on w.override_id = n.override_id
left join compare_places as v on w.override_id = v.override_id
