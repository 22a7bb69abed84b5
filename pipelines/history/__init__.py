"""What later nights remember: earlier publications, and the order history."""
