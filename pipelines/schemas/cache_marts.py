"""Marts of what caching costs and saves."""
