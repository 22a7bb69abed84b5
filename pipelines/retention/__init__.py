"""Deletes what is older than settings say, and single customers who ask for it."""
