"""Checks tables against their contracts."""
