"""Growers: crops of the table harvests, their insurance, and closed loops of input supplier, grower and buyer."""
