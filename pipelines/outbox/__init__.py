"""The last mile: what a messenger gets for each group, what was handed over under which id, and what came of it."""
