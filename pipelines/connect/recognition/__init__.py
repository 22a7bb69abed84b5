"""Recognition of exports: which table a file is, which column a header, and how sure that is."""
