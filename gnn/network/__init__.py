"""The network: own, context and transmission parts, message passing, and how a member is fitted."""
