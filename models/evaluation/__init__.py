"""How well predictions hold."""
