"""The formats of drops: packing, encodings, text tables, JSON, workbooks; each is read row by row."""
