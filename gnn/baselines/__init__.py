"""The boosted-tree baselines, and a fast evaluation of their trees with attribution."""
