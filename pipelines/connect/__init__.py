"""Looks at a folder of foreign exports, recognises tables and columns, and writes the settings that read them."""
