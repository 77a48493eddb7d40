"""Compiled kernels of contagion by mechanism, and the arrays that they read and write."""
