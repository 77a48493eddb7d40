"""One module per verb: its options, one call of a service, and what is printed."""
