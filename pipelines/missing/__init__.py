"""What a platform does not have: what it costs, and which settings accept it."""
