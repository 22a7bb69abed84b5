-- One row goes: a stock count from before $before that a newer one of its SKU follows.
-- DuckDB only: it deletes rows in place. The newest count stays, however old: it still is the SKU's stock.
delete from source.inventory
where
    known_on < $before
    and as_of_date < (
        select max(newer.as_of_date)
        from source.inventory as newer
        where newer.sku_id = inventory.sku_id
    )
