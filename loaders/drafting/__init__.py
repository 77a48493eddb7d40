"""Drafting a mapping from the files of a folder: what their cells, lines and headers show, with the evidence."""
