"""Marts of scores and prices together: what a capability costs, and who is on the frontier."""
