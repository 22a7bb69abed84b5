"""Publishes runs made from an earlier one: fallbacks, recalls and what reviewers decide."""
