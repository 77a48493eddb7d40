"""Texts of the domain in English and Chinese, and their reader."""
