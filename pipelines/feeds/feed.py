"""What a feed is: how its bytes are got, how they are read, what it can and cannot know, and how often it changes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from pipelines.feeds.observation import Parsed


@dataclass(frozen=True)
class PackageMember:
    """One file in the releases of a project on a package index. `pinned` versions belong to the default set."""

    project: str
    member: str
    pinned: tuple[str, ...] = ()
    limit: int = 32 * 2**20


@dataclass(frozen=True)
class HttpFiles:
    """Files over HTTPS, read as one: name in the snapshot to address."""

    addresses: dict[str, str]
    limit: int = 32 * 2**20


@dataclass(frozen=True)
class PriceFeed:
    """A source that publishes prices as files. `name` is also the source_id of its facts, `namespace` says whose names
    of providers, models and hours it uses, `cron` how often its source changes.

    `states` says what a snapshot is: `present` the rates of its time, `dated` a history with dates.
    """

    name: str
    namespace: str
    get: PackageMember | HttpFiles
    read: Callable[[bytes], Parsed]
    states: Literal["present", "dated"]
    cron: str
    stale_after: timedelta
    hole_after: timedelta
    knows: str
    lacks: str
