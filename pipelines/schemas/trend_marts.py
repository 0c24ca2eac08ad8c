"""Marts of how prices move: the cheapest way to a score through time, its yearly decline, and what is claimed of it."""
