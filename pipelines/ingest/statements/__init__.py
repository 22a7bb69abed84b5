"""The SQL of ingest that follows from a contract or the shape of a drop; whole statements are in sql/ingest."""
