"""Past nights held against what happened next."""
