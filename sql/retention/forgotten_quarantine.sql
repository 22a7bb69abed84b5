-- One row goes: a row set aside that names a customer, or an order line of hers.
-- DuckDB only: it deletes rows in place and looks into their text.
delete from ops.quarantine
where
    row ->> '$.customer_id' = $customer_id
    or row ->> '$.sender_id' = $customer_id
    or row ->> '$.order_line_id' in (
        select order_line_id
        from temp.forgotten_lines
    )
