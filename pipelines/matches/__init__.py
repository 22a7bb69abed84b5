"""Matching in parts: what groups choose, what the solver is given and how matches are told."""
