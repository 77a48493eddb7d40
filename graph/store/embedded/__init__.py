"""The embedded graph store: kglite in a worker process."""
