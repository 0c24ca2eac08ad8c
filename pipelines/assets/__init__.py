"""The Dagster wiring, and nothing else: each asset calls one plain function. Only this package and `definitions` import
dagster.
"""
