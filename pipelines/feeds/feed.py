"""What a feed is: how its bytes are got, what it can and cannot know, and how often it changes; and how prices or
scores are read from them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from pipelines.feeds.observation import Parsed
from pipelines.feeds.score import ParsedScores


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


@dataclass(frozen=True, kw_only=True)
class Scores:
    """How scores are read from a feed's bytes. `namespace` says whose names of models it uses, `cited_as` what the
    scores cite where that is not the feed's own source.

    `boards` says that a content is the board of one day, whose scores compare with no other day's.
    """

    namespace: str
    read: Callable[[bytes], ParsedScores]
    boards: bool = False
    cited_as: str | None = None


@dataclass(frozen=True, kw_only=True)
class Feed:
    """A source that publishes files. `cron` says when it is asked, in UTC, and `stale_after` how long it may bring
    nothing before somebody should look.
    """

    name: str
    get: PackageMember | HttpFiles
    cron: str
    stale_after: timedelta
    knows: str
    lacks: str
    cited_as: str | None = None
    scores: Scores | None = None

    @property
    def source_id(self) -> str:
        """What its facts cite."""
        return self.cited_as or self.name


@dataclass(frozen=True, kw_only=True)
class PriceFeed(Feed):
    """A feed of prices. `namespace` says whose names of providers, models and hours it uses; after a silence of
    `hole_after` what it carried over is not known.

    `states` says what a snapshot is: `present` the rates of its time, `dated` a history with dates.
    """

    namespace: str
    read: Callable[[bytes], Parsed]
    states: Literal["present", "dated"]
    hole_after: timedelta
