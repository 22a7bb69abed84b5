"""How often a SKU is returned or regretted, and what has changed."""
