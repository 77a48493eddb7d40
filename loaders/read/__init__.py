"""Reading source files as text cells, with the line of each row."""
