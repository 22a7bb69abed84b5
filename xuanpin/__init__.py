"""Nightly SKU selection for social e-commerce; the folders beside this file are links to the rooms of the house."""
