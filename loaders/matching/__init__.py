"""Entity resolution: normalised names and keys of firms, pairs that are probably one firm, and decisions on them."""
