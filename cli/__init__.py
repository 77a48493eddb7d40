"""The command line `scgraph`: the only place that prints, reads settings, or knows all the other parts."""

from supplyrisk.cli.app import app, main

__all__ = ["app", "main"]
