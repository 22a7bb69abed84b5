"""Reading short messages."""
