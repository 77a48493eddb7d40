"""The network: own, context and transmission parts, message passing, and the fitting of a member."""
