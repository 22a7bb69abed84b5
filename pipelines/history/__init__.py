"""Loads what earlier nights published, and keeps the order history."""
