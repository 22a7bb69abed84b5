-- One row: the number of the newest batch of drops; null before the first.
-- Why: every row carries the number of its batch, so that later steps find what is new to them.
select max(drop_seq) as drop_seq
from ops.drops
