"""What the runs that a home keeps say of one SKU, one supplier, one agent or one group over many nights."""
