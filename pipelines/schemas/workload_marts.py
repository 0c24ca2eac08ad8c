"""Marts of what a workload costs at each list."""
