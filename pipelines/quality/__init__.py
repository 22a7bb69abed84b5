"""Holds tables against their contracts."""
