"""Slates of agents as an optimisation with dual prices of stock."""
