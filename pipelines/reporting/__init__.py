"""Writes the merchandiser's report: facts are read once, then shown as a page and as a workbook."""
