"""What agents' groups choose."""
