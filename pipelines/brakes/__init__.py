"""Brakes: a night that makes no sense does not become current by itself."""
