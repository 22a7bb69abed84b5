"""The list as an optimisation."""
