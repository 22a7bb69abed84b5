-- The categories that a member likes, and those that she does not share, are parted by 、.
select
    *,
    regexp_replace("偏好类目", '\s*、\s*', '|', 'g') as categories_wanted,
    regexp_replace("不分享类目", '\s*、\s*', '|', 'g') as categories_excluded
from "drop"
