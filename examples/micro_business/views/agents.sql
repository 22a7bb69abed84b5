-- The categories that an agent likes are parted by 、.
select
    *,
    regexp_replace("主推品类", '\s*、\s*', '|', 'g') as categories_wanted
from "drop"
