"""Agents' matches with the list."""
