"""A home outlives a release: its warehouse has a version, and opening the home brings it to that of this program."""

from xuanpin.pipelines.migration.migrate import Upgrade, migrate_home, open_home, refuse_newer
from xuanpin.pipelines.migration.rebuild import empty_derived_tables

__all__ = ["Upgrade", "empty_derived_tables", "migrate_home", "open_home", "refuse_newer"]
