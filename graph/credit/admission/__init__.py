"""Scenarios of a lending policy: conditions on shop, stage and campaign, and admissions under a ceiling on EL."""
