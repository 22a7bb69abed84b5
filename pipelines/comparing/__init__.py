"""Two runs beside each other: what came, what went, what changed and what decided, from their folders alone."""
