"""The size of the demo, apart from it: the help of the command line shows these without importing the jobs."""

from __future__ import annotations

DEMO_FIRMS = 1600
DEMO_WEEKS = 156
DEMO_MEMBERS = 3
DEMO_SEED = 7
DEMO_CONTAGION = 2.0
DEMO_TOP = 10
"""Firms in the document; the report lists twice as many."""
