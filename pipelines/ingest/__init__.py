"""Takes drops in: from file to admitted row."""
