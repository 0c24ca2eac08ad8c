"""The list of what Dagster loads, pinned: adding to it is deliberate."""
