"""Scoring in parts: what was seen, whose fault, what changed, what is watched and how predictions turned out."""
