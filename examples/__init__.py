"""Worked examples, one folder each: exports of a form of social commerce, the settings that read them, and a README."""
