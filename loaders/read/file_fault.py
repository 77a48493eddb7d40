"""The error of a file that cannot be used as a whole."""

from __future__ import annotations


class FileFault(Exception):
    """A file cannot be used as a whole; the message says where, what was expected and what to do."""
