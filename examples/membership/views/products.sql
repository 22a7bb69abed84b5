-- The levels of the category are parted by >.
select
    *,
    regexp_replace("类目", '\s*>\s*', '/', 'g') as category
from "drop"
