"""Warnings about loaded data that look damaged or inconsistent, although each cell is valid by itself."""
