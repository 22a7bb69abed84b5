"""A past night computed once more from the warehouse, in a place of its own, and held against what it published."""
