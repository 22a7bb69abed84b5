"""Compares past nights with what happened next."""
