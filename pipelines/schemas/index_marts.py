"""Marts of price indices of tokens."""
