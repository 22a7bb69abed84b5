-- The categories that a shop wants are parted by 、.
select
    *,
    regexp_replace("想卖类目", '\s*、\s*', '|', 'g') as categories_wanted
from "drop"
