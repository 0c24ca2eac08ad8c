"""What a release is made from: seeds, overlays, what is held of the feeds, and the program. Each has a hash."""

import hashlib
import json
import subprocess
from collections.abc import Iterable, Mapping

from pipelines import paths
from pipelines.csv_text import SeedFile
from pipelines.hashing import hash_of
from pipelines.seeds import Overlay, files_of, in_order


def _program() -> dict[str, str]:
    """The hash of the code with the versions that it runs on, of all SQL, and of the SQL that takes observations in."""
    return {
        "code": hash_of(paths.CODE, paths.LOCK),
        "sql": hash_of(paths.SQL),
        "sql/ingest": hash_of(paths.SQL / "ingest"),
    }


#: As this process found them: it runs what it loaded.
LOADED = _program()


def present(overlays: Iterable[Overlay], held: Mapping[str, str]) -> dict[str, str]:
    """The hash of each input as it is now: of every seed and overlay, of what is held of each feed
    (`history.fingerprint`), and of the program.
    """
    overlays = tuple(overlays)
    files = [file for model in in_order() for file in files_of(model, paths.SEEDS, overlays)]
    return {**file_hashes(files), **held, **_program()}


def present_to_this_process(overlays: Iterable[Overlay], held: Mapping[str, str]) -> dict[str, str]:
    """The same, with the program as this process loaded it."""
    return {**present(overlays, held), **LOADED}


def input_hash(inputs: Mapping[str, str]) -> str:
    """All inputs as one hash."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def file_hashes(files: Iterable[SeedFile]) -> dict[str, str]:
    """The hash of each file's bytes, by its label; a file that is not there has none."""
    return {file.label: hashlib.sha256(file.path.read_bytes()).hexdigest() for file in files if file.path.is_file()}


def code() -> dict[str, str]:
    """The code, as one more input of the tables that it makes."""
    return {"code": LOADED["code"]}


def sql() -> dict[str, str]:
    """All SQL, as one more input of the tables that tell of it."""
    return {"sql": LOADED["sql"]}


def ingest_sql() -> dict[str, str]:
    """The SQL that takes observations in, as one more input of the tables that hold them."""
    return {"sql/ingest": LOADED["sql/ingest"]}


def git_commit() -> str | None:
    """The commit of the checkout, with `+` where it has changes; None outside one."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--dirty=+", "--exclude=*"],
            cwd=paths.ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip()
