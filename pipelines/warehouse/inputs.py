"""What a release is made from, as one hash: seeds, overlays, what is held of the feeds, SQL, code and lock."""

import hashlib
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from pipelines import paths
from pipelines.csv_text import SeedFile
from pipelines.seeds import Overlay, files_of, in_order


def input_hash(overlays: Iterable[Overlay], held: Mapping[str, str]) -> str:
    """The hash of every input file with its name, and of what is held of each feed (`history.fingerprint`)."""
    digest = hashlib.sha256()
    for label, path in _files(overlays):
        digest.update(f"{label}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for label, fingerprint in sorted(held.items()):
        digest.update(f"{label}\0{fingerprint}\0".encode())
    return digest.hexdigest()


def file_hashes(files: Iterable[SeedFile]) -> dict[str, str]:
    """The hash of each file's bytes, by its label."""
    return {file.label: hashlib.sha256(file.path.read_bytes()).hexdigest() for file in files}


def present(overlays: Iterable[Overlay], held: Mapping[str, str]) -> dict[str, str]:
    """The hash of each input as it is now: of every seed and overlay, of what is held of each feed, of code and SQL."""
    overlays = tuple(overlays)
    files = [file for model in in_order() for file in files_of(model, paths.SEEDS, overlays)]
    return {**file_hashes(files), **held, **code(), **sql()}


def code() -> dict[str, str]:
    """The hash of the code, as one more input of the tables that it makes."""
    return {"pipelines": _code_hash()}


def sql() -> dict[str, str]:
    """The hash of all SQL, as one more input of the tables that tell of it."""
    return {"sql": _hash(paths.SQL.rglob("*.sql"))}


@cache
def _code_hash() -> str:
    """Of the files as this process found them, as it runs what it loaded."""
    return _hash((paths.ROOT / "pipelines").rglob("*.py"))


def _hash(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()


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


def _files(overlays: Iterable[Overlay]) -> Iterator[tuple[str, Path]]:
    own = [paths.ROOT / "requirements.lock", *paths.SEEDS.glob("*.csv"), *paths.SQL.rglob("*.sql")]
    own += (paths.ROOT / "pipelines").rglob("*.py")
    for path in sorted(own):
        yield str(path.relative_to(paths.ROOT)), path
    for overlay in overlays:
        for path in sorted(overlay.folder.glob("*.csv")):
            yield f"overlay:{overlay.name}/{path.name}", path
