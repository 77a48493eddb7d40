"""Checking rows against the contract: rules, quarantine, reconciliation and the load report."""
