-- The categories that a seller likes are parted by 、.
select
    *,
    regexp_replace("擅长类目", '\s*、\s*', '|', 'g') as categories_wanted
from "drop"
