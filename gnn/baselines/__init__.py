"""The baselines, their protocol and registry, and a fast evaluation of boosted trees with attribution."""
