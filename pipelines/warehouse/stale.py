"""What of the build no longer fits its inputs: a run makes it again, and a release refuses it."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from pipelines.methods.registry import METHODS, code_version
from pipelines.schemas import SEEDS, TABLES
from pipelines.seeds import typed_name
from pipelines.warehouse.build import Build
from pipelines.warehouse.made import Made
from pipelines.warehouse.sql_models import sql_models

META_RELEASE = "meta.release"


def stale(build: Build, now: Mapping[str, str]) -> dict[str, str]:
    """The tables that were made from content that has since changed, or by code that has, or without a file that is
    there now, each with the reason. `now` holds the hash of each input (`inputs.present`). What is made of a stale
    table is not stale before that is made anew. Tables that no model describes any more are left out.
    """
    wanted = dict.fromkeys([*map(typed_name, SEEDS.values()), *TABLES])
    del wanted[META_RELEASE]
    made = {name: table for name, table in build.made.items() if name in wanted}
    present = {**{name: table.content.content_hash for name, table in made.items()}, **now}
    reasons = {name: _reason(name, made.get(name), present) for name in wanted}
    for file in now:
        seed = SEEDS.get(PurePosixPath(file).name)
        if seed is not None and (table := made.get(typed_name(seed))) and file not in table.made_from:
            reasons[typed_name(seed)] = f"was made without {file}"
    return {name: reason for name, reason in reasons.items() if reason is not None}


def _reason(name: str, made: Made | None, present: Mapping[str, str]) -> str | None:
    if made is None:
        return "was never made"
    if gone := made.made_from.keys() - present.keys():
        return f"was made from {', '.join(sorted(gone))}, which is gone"
    changed = [source for source, content in made.made_from.items() if present[source] != content]
    if changed:
        return "was made from an older " + ", ".join(changed)
    if name in sql_models() and sql_models()[name].code_version != made.code_version:
        return "was made by an older version of its SQL"
    if name in METHODS and code_version() != made.code_version:
        return "was made by an older version of its method"
    return None
