"""Adding rows and corrections to the data of a workspace."""
