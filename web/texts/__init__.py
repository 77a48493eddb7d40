"""Texts of pages in English and Chinese, one TOML file per topic."""
