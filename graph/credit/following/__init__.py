"""Limits that follow the score: targets by the policy, and the limit in force that moves towards them."""
