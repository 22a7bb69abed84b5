"""The warehouse has one writer: this pool has one slot, whatever else the deployment runs."""

WRITER_POOL = "xuanpin_writer"
