"""From a platform's drops to admitted rows: reading, translating, casting, redacting, judging and admitting."""
