"""The methods, by the table that each makes."""

from functools import cache
from pathlib import Path

from pipelines import paths
from pipelines.hashing import hash_of
from pipelines.methods import price_decline, price_index
from pipelines.methods.method import Method

ALL: tuple[Method, ...] = (price_decline.METHOD, price_index.METHOD)
METHODS = {method.name: method for method in ALL}


@cache
def code_version() -> str:
    """The version of the methods, one for all: they share the statistics."""
    return hash_of(Path(__file__).parent, paths.LOCK)[:12]
