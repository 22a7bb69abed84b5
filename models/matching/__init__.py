"""Agents' slots as an optimisation with prices."""
