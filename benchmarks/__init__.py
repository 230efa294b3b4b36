"""Measurements: each prints a figure, a named peer's figure from the same run, and whether a goal is met.

They import `monitor` and are imported by nothing. README.md says what is measured, and how.
"""
