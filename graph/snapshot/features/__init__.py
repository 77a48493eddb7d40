"""Features: one record per column about a firm, in a module per source; `register` puts them together."""
