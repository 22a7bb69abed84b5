"""Runs made from an earlier one: fallback, recall and what people decide."""
