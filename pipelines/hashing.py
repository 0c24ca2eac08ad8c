"""The hash of files, which tells whether what was made of them or by them is still of them."""

import hashlib
from pathlib import Path


def hash_of(*places: Path) -> str:
    """The SHA-256 of these files, and of the code and SQL in these folders, with their names."""
    digest = hashlib.sha256()
    for place in places:
        found = [place] if place.is_file() else sorted([*place.rglob("*.py"), *place.rglob("*.sql")])
        for path in found:
            digest.update(f"{path.name}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
