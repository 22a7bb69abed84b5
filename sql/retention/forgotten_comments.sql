-- One row changes: a return of a customer's order line, which loses what she wrote about it.
-- DuckDB only: it changes rows in place.
update source.returns
set comment = null
where
    comment is not null
    and order_line_id in (
        select order_line_id
        from temp.forgotten_lines
    )
