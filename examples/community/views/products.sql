-- The levels of the category are in two columns.
select
    *,
    concat_ws('/', "一级分类", "二级分类") as category
from "drop"
