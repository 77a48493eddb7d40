"""Snapshots: what was knowable about every firm and link at the end of a day."""
