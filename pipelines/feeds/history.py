"""What is held of the price feeds: their snapshots, and what was read from them."""

import hashlib

from pipelines import paths
from pipelines.feeds import parsing
from pipelines.feeds.parsing import ReadContent
from pipelines.feeds.registry import PRICE_FEEDS
from pipelines.feeds.snapshots import SnapshotStore


def store() -> SnapshotStore:
    """The snapshots of this home."""
    return SnapshotStore(paths.snapshots())


def fingerprint() -> dict[str, str]:
    """What is held of each feed, as one hash: an input of the tables made from it."""
    held = store()
    found = {}
    for feed in PRICE_FEEDS:
        digest = hashlib.sha256()
        for snapshot in held.of(feed.name):
            digest.update(f"{snapshot.version}\0{snapshot.source_time}\0{snapshot.sha256}\n".encode())
        found[f"snapshots/{feed.name}"] = digest.hexdigest()
    return found


def contents() -> dict[str, list[ReadContent]]:
    """The contents of each feed, read."""
    return {feed.name: parsing.contents(feed, store(), paths.observations()) for feed in PRICE_FEEDS}
