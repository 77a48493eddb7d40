"""Snapshots: everything that was known about firms and their links at the end of a day."""
