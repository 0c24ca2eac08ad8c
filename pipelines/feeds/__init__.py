"""Feeds: facts that machines publish. Each module reads one source's bytes into typed observations; SQL starts there."""
