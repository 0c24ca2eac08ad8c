"""The database work: SQL models, the private build, content hashes, releases and their reading. Nothing here knows
Dagster.
"""
