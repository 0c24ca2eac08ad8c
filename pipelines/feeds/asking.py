"""Asking the feeds for what is new, now: before a run, on a schedule, or because somebody wants it. Which of them a run
asks, and with how little patience, so that a dead network costs it seconds.
"""

import os
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from pipelines import paths
from pipelines.feeds import fetch, http
from pipelines.feeds.feed import Feed
from pipelines.feeds.fetch import Connect, Fetched
from pipelines.feeds.snapshots import SnapshotStore

#: A feed that was asked within this time is not asked again by a run.
REST = timedelta(hours=1)
#: Seconds: for each wait, and for all that a run fetches. What did not come until then comes with a later one.
TIMEOUT = 5
BUDGET = 45


def now() -> datetime:
    """The present, as everything here takes it: naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def is_offline() -> bool:
    """Whether the user wants the network left alone."""
    return os.environ.get("AICOST_OFFLINE", "") not in ("", "0")


def due(feeds: Iterable[Feed]) -> tuple[Feed, ...]:
    """The feeds that were not asked lately."""
    return tuple(feed for feed in feeds if not _asked_lately(feed))


def in_a_hurry() -> Connect:
    """Connections of little patience, from now on."""
    return partial(http.Session, timeout=TIMEOUT, until=time.monotonic() + BUDGET)


def ask(feeds: Sequence[Feed], store: SnapshotStore, connect: Connect = http.Session) -> list[Fetched]:
    """Fetch what these feeds have that is not held, all at once: a network that is dead costs the wait for one.

    Where none answers, that is the network's fault, and they are due again at once; so is a feed of which a part came.
    """
    answers = fetch.fetch_all(feeds, store, now(), workers=max(len(feeds), 1), connect=connect)
    is_reachable = any(answer.problem is None for answer in answers)
    for answer in answers:
        if answer.problem is None or (is_reachable and not answer.new):
            path = paths.asked() / answer.feed
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    return answers


def _asked_lately(feed: Feed) -> bool:
    try:
        asked = (paths.asked() / feed.name).stat().st_mtime
    except FileNotFoundError:
        return False
    return 0 <= time.time() - asked < REST.total_seconds()
