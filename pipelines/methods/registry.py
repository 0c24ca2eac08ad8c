"""The methods, by the table that each makes."""

import hashlib
from functools import cache
from pathlib import Path

from pipelines.methods import price_decline, price_index
from pipelines.methods.method import Method

ALL: tuple[Method, ...] = (price_decline.METHOD, price_index.METHOD)
METHODS = {method.name: method for method in ALL}


@cache
def code_version() -> str:
    """The version of the methods, one for all: they share the statistics."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
