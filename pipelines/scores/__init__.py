"""Scoring in parts: whose fault, what changed, what is watched and how earlier predictions turned out."""
