"""Ingests drops: from file to admitted row."""
