"""The input contract as data: tables, columns, types and bounds; strict TOML files."""
