"""Rates of return and regret, and what they put at risk."""
