"""Facts that machines publish: each module reads one source's bytes into typed observations; SQL starts there."""
