"""Mapping files: how a data set with its own names becomes the tables of the contract."""
