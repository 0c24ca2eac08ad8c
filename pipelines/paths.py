"""Where things are in a checkout. `AICOST_HOME` moves what is written (`data/`); what is read stays with the code."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "seeds"
SQL = ROOT / "sql"
CODE = ROOT / "pipelines"
LOCK = ROOT / "requirements.lock"


def data() -> Path:
    """The folder that everything is written to."""
    return Path(os.environ.get("AICOST_HOME", ROOT)).resolve() / "data"


def build() -> Path:
    """The private database in which tables are made."""
    return data() / "build.duckdb"


def snapshots() -> Path:
    """The bytes that feeds published, kept for ever."""
    return data() / "snapshots"


def asked() -> Path:
    """An empty file a feed; its time is when the feed was last asked."""
    return data() / "asked"


def fetching() -> Path:
    """What a Dagster run locks while it fetches."""
    return data() / "fetching"


def observations() -> Path:
    """What was read from them; it can be read again."""
    return data() / "observations"


def warehouse() -> Path:
    """The published file: a link to the newest release."""
    return data() / "warehouse.duckdb"


def releases() -> Path:
    """The folder of the last releases."""
    return data() / "releases"
