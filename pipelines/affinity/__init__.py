"""What each agent's groups are drawn to."""
