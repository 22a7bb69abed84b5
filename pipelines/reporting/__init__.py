"""The merchandiser's report: facts read once, then drawn as a page and as a workbook."""
