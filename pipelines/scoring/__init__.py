"""How often a SKU is returned or regretted, and which rates have changed."""
