"""The one way in which getting a feed fails."""


class FeedError(Exception):
    """A feed's bytes could not be had, or are not what they should be: what happened, and what to do about it."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what, fix)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what}: {self.fix}"
