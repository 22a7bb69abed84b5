"""Lineage: which columns the columns of each table are made of, and OpenLineage events that tell it step by step."""
