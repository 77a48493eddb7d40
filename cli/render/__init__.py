"""Results on the terminal: tables and text."""
