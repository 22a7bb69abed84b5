-- One row: a row that breaks rules, redacted, as it enters the quarantine.
-- DuckDB only: raw text may pass in temporary tables alone. Rows of which nothing is kept differ by their place.
with place_rows as (
    select
        r.key,
        r.rules,
        s.safe,
        r.drop_path,
        r.drop_row,
        case when r.is_bare then r.drop_path end as bare_path,
        case when r.is_bare then r.drop_row end as bare_row
    from temp.rejected as r
    inner join temp.safe_row as s on r.row = s.value
)

select
    cast($table_name as varchar) as table_name,
    p.key,
    p.rules,
    p.safe as row,
    'rejected' as state,
    min(p.drop_path) as drop_path,
    cast($drop_seq as bigint) as drop_seq,
    min(struct_pack(drop_path := p.drop_path, drop_row := p.drop_row)).drop_row as drop_row
from place_rows as p
group by p.key, p.rules, p.safe, p.bare_path, p.bare_row
order by p.key, p.safe, p.bare_path, p.bare_row
