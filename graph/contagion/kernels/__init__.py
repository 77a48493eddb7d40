"""Compiled kernels of contagion by mechanism, and the arrays they work on."""
