"""The forms in which drops come: packing, encodings, text tables, JSON, workbooks; each read row by row."""
