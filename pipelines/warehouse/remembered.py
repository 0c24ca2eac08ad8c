"""What parsing the SQL tells, kept in a file until the SQL changes: to parse all of it takes seconds of every start."""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from pipelines import paths


def remembered(name: str, texts: Mapping[str, str], tell: Callable[[], Any]) -> Any:
    """What `tell` says of these texts, as JSON holds it: from the last time, where they are the same. A file that
    cannot be read or written costs time only.
    """
    key = sha256(json.dumps([version("sqlglot"), dict(texts)]).encode()).hexdigest()
    path = paths.data() / "remembered" / f"{name}.json"
    with suppress(OSError, ValueError):
        kept = json.loads(path.read_text())
        if kept["key"] == key:
            return kept["told"]
    told = tell()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps({"key": key, "told": told}))
        fresh.replace(path)
    return told
