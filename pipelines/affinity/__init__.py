"""What each agent's groups choose."""
