-- One row: a group of the platform, whatever its version.
-- Why: of an archive that holds all chats of a person, only those of the platform's groups may be read.
select distinct g.group_id
from source.groups as g
order by g.group_id
