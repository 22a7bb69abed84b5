"""Derives which columns the columns of a table are made of, and draws the page of lineage."""
